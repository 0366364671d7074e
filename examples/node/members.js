// Joins somebody, asking on standard input, or tells how people stand.
// Usage: members.js SOCKET join
//        members.js SOCKET status EMAIL…
"use strict";
const readline = require("node:readline");
const { Signupd, SignupdError } = require("./signupd.js");

const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function ask(question) {
  process.stderr.write(`${question}: `);
  return (await lines.next()).value ?? "";
}

function showError(error) {
  if (!(error instanceof SignupdError)) throw error;
  console.log(`${error.status} ${error.reason} ${error.message}${error.field ? ` (${error.field})` : ""}`);
}

async function join(signupd) {
  const person = { email: await ask("E-mail"), nickname: await ask("Nickname"), password: await ask("Password") };
  let receipt;
  try {
    receipt = await signupd.call("signup", person);
  } catch (error) {
    showError(error);
    return 1;
  }
  console.log(`201 ${receipt.message} (signup ${receipt.signup_id})`);
  for (let code = await ask("Code"); code; code = await ask("Code")) {
    try {
      const params = { email: person.email, signup_id: receipt.signup_id, code };
      const member = await signupd.call("verify", params);
      console.log(`200 ${member.message} (member ${member.member_id})`);
      return 0;
    } catch (error) {
      showError(error);
    }
  }
  return 1;
}

async function status(signupd, addresses) {
  const answers = await Promise.all(addresses.map((email) => signupd.call("status", { email })));
  addresses.forEach((address, index) => console.log(address, answers[index].state));
  return 0;
}

async function main([socketPath, command, ...addresses]) {
  const timeoutMs = 1000 * Number(process.env.MEMBERS_TIMEOUT_SECONDS ?? 10);
  const signupd = new Signupd(socketPath, { timeoutMs });
  process.exitCode = await (command === "join" ? join(signupd) : status(signupd, addresses));
  process.stdin.destroy();
}

main(process.argv.slice(2));

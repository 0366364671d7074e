// Node's net and readline. Usage: node_client.js SOCKET MAILDIR
const assert = require("node:assert");
const fs = require("node:fs");
const net = require("node:net");
const path = require("node:path");
const readline = require("node:readline");
const { setTimeout: sleep } = require("node:timers/promises");

const [socketPath, maildir] = process.argv.slice(2);
const person = { email: "node@example.org", password: "violet-Kettle 41 harbor", nickname: "Node" };

const socket = net.createConnection(socketPath);
const waiting = new Map();
readline.createInterface({ input: socket }).on("line", (line) => {
  const reply = JSON.parse(line);
  waiting.get(reply.id)(reply);
  waiting.delete(reply.id);
});
let lastId = 0;

function call(method, params) {
  const id = ++lastId;
  socket.write(JSON.stringify({ jsonrpc: "2.0", id, method, params }) + "\n");
  return new Promise((resolve) => waiting.set(id, resolve));
}

async function codeFor(address) {
  const directory = path.join(maildir, "new");
  for (let tries = 0; tries < 600; tries++) {
    for (const name of fs.existsSync(directory) ? fs.readdirSync(directory) : []) {
      const text = fs.readFileSync(path.join(directory, name), "utf8");
      const found = /Your verification code is: (\w{6})/.exec(text);
      if (text.includes(`To: ${address}\n`) && found) return found[1];
    }
    await sleep(50);
  }
  throw new Error(`no mail to ${address}`);
}

async function main() {
  const receipt = (await call("signup", person)).result;
  const code = await codeFor(person.email);
  const member = (await call("verify", { email: person.email, signup_id: receipt.signup_id, code })).result;
  assert(member.is_active && member.nickname === "Node");
  const { error } = await call("signup", person);
  assert.deepStrictEqual([error.data.reason, error.data.status], ["EMAIL_TAKEN", 409]);
  console.log("node: signup, verify and an error reply");
  socket.end();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});

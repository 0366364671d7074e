// What both pages do with a form: send it as JSON, and put each error in its place.
"use strict";

/** A random name for one thing that the person does, kept for every further try: what was done is not done again. */
function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The backend's answer: `{ status, body }`. Status 0 is no answer at all. */
async function ask(path, fields) {
  const headers = { "Content-Type": "application/json" };
  const options = fields && { method: "POST", headers, body: JSON.stringify(fields) };
  try {
    const response = await fetch(path, options);
    return { status: response.status, body: await response.json() };
  } catch {
    return { status: 0, body: { message: "The server cannot be reached. Try again." } };
  }
}

function setError(name, text) {
  const input = document.getElementById(name);
  document.getElementById(`${name}-error`).textContent = text;
  if (text) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

function clearErrors(form) {
  for (const input of form.querySelectorAll("input")) setError(input.name, "");
  document.getElementById("form-error").textContent = "";
}

/** At the field that the error is about, where the keyboard goes too; else above the button. */
function showError(body) {
  const input = body.field && document.getElementById(body.field);
  const text = sentence(body);
  if (input) {
    setError(body.field, text);
    input.focus();
    input.select();
  } else {
    document.getElementById("form-error").textContent = text;
  }
}

function sentence({ message, hint, reason, retry_after: wait, attempts_left: left }) {
  // A hint says what is wrong with the value; the hints of other errors are for programmers.
  let text = hint && reason?.startsWith("INVALID_") ? hint : message;
  if (reason === "MISSING_FIELD") text = "please fill this in";
  if (reason === "TOO_MANY_ATTEMPTS") text = "too many wrong codes. Ask for another one";
  text = text.charAt(0).toUpperCase() + text.slice(1);
  if (!/[.!?]$/.test(text)) text += ".";
  if (left === 0) text += " No try is left: ask for another code.";
  else if (left !== undefined) text += left === 1 ? " One try is left." : ` ${left} tries are left.`;
  if (wait) text += ` Try again in ${wait} s.`;
  return text;
}

/** Runs `send` for each submit, one at a time. */
function onSubmit(form, send) {
  const button = form.querySelector("[type=submit]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.getAttribute("aria-disabled") === "true") return;
    clearErrors(form);
    const empty = [...form.querySelectorAll("input[required]")].find((input) => input.value === "");
    if (empty) return showError({ message: "", reason: "MISSING_FIELD", field: empty.name });
    button.setAttribute("aria-disabled", "true");
    await send(Object.fromEntries(new FormData(form)));
    button.removeAttribute("aria-disabled");
  });
}

"use strict";
const byId = (id) => document.getElementById(id);
const form = byId("form");
const resend = byId("resend");
const MAIL_STATES = {
  queued: "Your mail is about to leave …",
  sent: "Your mail has been sent. It may take a minute to arrive.",
  dead: "Your mail could not be delivered. Is the address right?",
};
// Often while something is about to happen, seldom while only the person can do something.
const QUICK_POLL_MS = 1_000;
const SLOW_POLL_MS = 10_000;

byId("address").textContent = sessionStorage.getItem("address") ?? "your address";

let isDone = false;
function finish(message, nickname) {
  if (isDone) return;
  isDone = true;
  byId("asking").hidden = true;
  byId("done").hidden = false;
  byId("welcome").textContent = nickname ? `Welcome, ${nickname}` : "You are in";
  byId("done-message").textContent = `Your ${message}.`;
  document.querySelector("[aria-current]").classList.add("done");
  document.title = "Verified";
  byId("welcome").focus();
}

// The resend timer. It runs to a point in time: a browser slows the timers of a page that is not seen.
let resendAt = Infinity;
function showTimer() {
  const seconds = Math.ceil((resendAt - Date.now()) / 1000);
  resend.disabled = !(seconds <= 0);
  resend.textContent = seconds > 0 && seconds < Infinity ? `Send another code (in ${seconds} s)` : "Send another code";
}
const startTimer = (seconds) => {
  resendAt = Date.now() + 1000 * seconds;
  showTimer();
};
setInterval(showTimer, 250);

function showMail(state) {
  byId("dot").dataset.state = state;
  const text = MAIL_STATES[state] ?? state;
  // Only what is new: a screen reader reads every change.
  if (byId("mail-state").textContent !== text) byId("mail-state").textContent = text;
}

let pollTimer;
async function poll() {
  clearTimeout(pollTimer);
  if (isDone) return;
  const { status, body } = await ask("/api/status");
  if (status === 404 || body.state === "none") return location.replace("/");
  if (body.state === "active") return finish("email has been successfully verified");
  if (status === 200) {
    startTimer(body.resend_after);
    showMail(body.mail?.state ?? "queued");
  } else {
    showMail("The service does not answer. Trying again …");
  }
  pollTimer = setTimeout(poll, body.mail?.state === "sent" ? SLOW_POLL_MS : QUICK_POLL_MS);
}

onSubmit(form, async (fields) => {
  if (!fields.nickname) delete fields.nickname;
  const { status, body } = await ask("/api/verify", fields);
  if (status === 200) return finish(body.message, body.nickname);
  // The code was right, but meanwhile the nickname became somebody else's: with another one it is still good.
  if (body.field === "nickname") byId("other-nickname").hidden = false;
  showError(body);
});

let resendKey = newKey();
resend.addEventListener("click", async () => {
  byId("form-error").textContent = "";
  resendAt = Infinity;
  showTimer();
  const { status, body } = await ask("/api/resend", { key: resendKey });
  startTimer(body.resend_after ?? body.retry_after ?? 0);
  if (status !== 200) return showError({ ...body, field: undefined });
  resendKey = newKey();
  byId("resent").textContent = "Another code is on its way. Codes from before stay good.";
  byId("code").focus();
  poll();
});

poll();

"use strict";
const form = document.getElementById("form");
const password = document.getElementById("password");
const reveal = document.getElementById("reveal");

reveal.addEventListener("click", () => {
  const isShown = password.type === "password";
  password.type = isShown ? "text" : "password";
  reveal.textContent = isShown ? "Hide" : "Show";
  reveal.setAttribute("aria-pressed", String(isShown));
});

// Other words are another signup; the same ones again are the same, should an answer have been lost.
let key = newKey();
form.addEventListener("input", () => (key = newKey()));

onSubmit(form, async (fields) => {
  const { status, body } = await ask("/api/signup", { ...fields, key });
  if (status !== 201) return showError(body);
  sessionStorage.setItem("address", fields.email);
  location.assign("/verify");
});

// The panel of the demo: what the Maildir holds, newest first.
"use strict";
const POLL_MS = 1_000;
const list = document.getElementById("mails");
const seen = new Set();

function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  if (text) made.textContent = text;
  return made;
}

function article(mail) {
  const made = element("article", "mail");
  const head = element("header", "");
  const time = element("time", "", new Date(mail.date).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
  time.dateTime = mail.date;
  head.append(element("strong", "", mail.subject), time);
  made.append(head, element("p", "route", `${mail.from} → ${mail.to}`));
  for (const paragraph of mail.text.trim().split(/\n\s*\n/)) {
    const [, before, code] = /^(.*: )([0-9A-Z]{6})$/.exec(paragraph.trim()) ?? [];
    const line = element("p", "", code ? before : paragraph);
    if (code) line.append(element("b", "mailed-code", code));
    made.append(line);
  }
  return made;
}

async function look() {
  try {
    const { mails } = await (await fetch("/demo/mails")).json();
    for (const mail of mails.reverse().filter(({ id }) => !seen.has(id))) {
      if (seen.size === 0) list.replaceChildren();
      seen.add(mail.id);
      list.prepend(article(mail));
    }
  } catch {
    // The server is gone, or begins again: the next look tells.
  }
  setTimeout(look, POLL_MS);
}

look();

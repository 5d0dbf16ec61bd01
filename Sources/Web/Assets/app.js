"use strict";

// Shared by all pages: the token that changes need, notices, and requests that change something.
window.Visage = {
  token: document.querySelector('meta[name="csrf-token"]').content,

  notice(text) {
    const place = document.getElementById("notice");
    place.textContent = text;
    place.classList.add("shown");
    clearTimeout(this.noticeEnd);
    this.noticeEnd = setTimeout(() => place.classList.remove("shown"), 6000);
  },

  // Sends JSON, or what `body` is; gives the answer's JSON. Throws an Error with the server's words.
  async send(method, path, body) {
    const isPlain = body !== undefined && !(body instanceof FormData) && !(body instanceof Blob);
    const headers = { "X-CSRF-Token": this.token, Accept: "application/json" };
    if (isPlain) headers["Content-Type"] = "application/json";
    const response = await fetch(path, { method, headers, body: isPlain ? JSON.stringify(body) : body });
    if (response.status === 401) { location.reload(); return null; }
    const text = await response.text();
    let value = null;
    try { value = text ? JSON.parse(text) : null; } catch { value = null; }
    if (!response.ok) throw new Error(value?.error?.message ?? `The server answered ${response.status}.`);
    return value;
  },
};

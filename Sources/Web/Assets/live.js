"use strict";

// The live page: pictures come in one stream for all cameras, since browsers open few connections to a server; who is there
// comes as server-sent events.
(() => {
  const root = document.querySelector("[data-live]");
  if (!root) return;
  const rate = root.dataset.rate;
  let events = null;
  let frames = null;

  const card = (name) => [...root.querySelectorAll("[data-camera]")].find((one) => one.dataset.camera === name);

  function label(face) {
    if (face.name) return [face.name, "person"];
    if (face.unknown_id) return [face.unknown_id.replace(/^unknown-/, "Unknown "), "unknown"];
    return ["Somebody", "undecided"];
  }

  function show(camera) {
    const place = card(camera.name);
    if (!place) return false;
    place.classList.toggle("down", !camera.up);
    const text = place.querySelector("[data-state-text]");
    if (text.textContent !== (camera.up ? "up" : "down")) text.textContent = camera.up ? "up" : "down";
    const reason = place.querySelector("[data-reason]");
    reason.hidden = camera.up;
    reason.textContent = camera.reason ?? "";
    const list = place.querySelector("[data-present]");
    const faces = camera.people.map(label);
    const key = JSON.stringify(faces);
    if (list.dataset.key === key) return true;
    list.dataset.key = key;
    list.replaceChildren(...(faces.length ? faces : [["Nobody there", "nobody"]]).map(([name, kind]) => {
      const item = document.createElement("li");
      item.className = kind;
      item.textContent = name;
      return item;
    }));
    return true;
  }

  function listen() {
    events = new EventSource("/live/events");
    events.addEventListener("state", (message) => {
      const state = JSON.parse(message.data);
      const notice = document.querySelector("[data-connection]");
      if (notice) notice.hidden = state.connected;
      const isGrid = document.querySelector("[data-recent]");
      const known = state.cameras.map(show);
      // A camera was added or removed: the page is made anew.
      if (isGrid && state.connected && (known.includes(false)
        || root.querySelectorAll("[data-camera]").length !== state.cameras.length)) location.reload();
      if (isGrid && isGrid.dataset.text !== state.recent) {
        isGrid.dataset.text = state.recent;
        isGrid.innerHTML = state.recent;
      }
    });
    events.onerror = () => { if (events.readyState === EventSource.CLOSED) again(); };
  }

  // The server has refused: perhaps the session is over.
  async function again() {
    const answer = await fetch("/api/v1/cameras").catch(() => null);
    if (answer && answer.status === 401) location.reload();
    else setTimeout(listen, 2000);
  }

  function draw(name, bytes) {
    const image = card(name)?.querySelector("[data-frame]");
    if (!image) return;
    const old = image.dataset.url;
    const url = URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" }));
    image.dataset.url = url;
    image.dataset.count = Number(image.dataset.count ?? 0) + 1;
    image.src = url;
    image.hidden = false;
    if (old) URL.revokeObjectURL(old);
  }

  // Frames are a line "<camera> <bytes>" and the JPEG.
  async function watch(signal) {
    const names = [...root.querySelectorAll("[data-camera]")].map((one) => one.dataset.camera);
    if (!names.length) return;
    const path = `/api/v1/frames?cameras=${names.map(encodeURIComponent).join(",")}&rate=${rate}`;
    const response = await fetch(path, { signal });
    if (!response.ok) throw new Error(`frames: ${response.status}`);
    const reader = response.body.getReader();
    let chunks = [];
    let size = 0;
    let head = null;
    const decoder = new TextDecoder();
    const join = () => {
      if (chunks.length === 1) return chunks[0];
      const all = new Uint8Array(size);
      let at = 0;
      for (const chunk of chunks) { all.set(chunk, at); at += chunk.length; }
      chunks = [all];
      return all;
    };
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      chunks.push(value);
      size += value.length;
      for (;;) {
        if (!head) {
          const all = join();
          const end = all.indexOf(10);
          if (end < 0) break;
          const [name, length] = decoder.decode(all.subarray(0, end)).split(" ");
          head = { name, length: Number(length) };
          chunks = [all.subarray(end + 1)];
          size -= end + 1;
        }
        if (size < head.length) break;
        const all = join();
        draw(head.name, all.slice(0, head.length));
        chunks = [all.subarray(head.length)];
        size -= head.length;
        head = null;
      }
    }
  }

  async function keepWatching() {
    const control = new AbortController();
    frames = control;
    while (!control.signal.aborted) {
      await watch(control.signal).catch(() => {});
      if (!control.signal.aborted) await new Promise((done) => setTimeout(done, 1000));
    }
  }

  function start() {
    if (!events) listen();
    if (!frames) keepWatching();
  }

  function stop() {
    frames?.abort();
    events?.close();
    frames = null;
    events = null;
  }

  // Nobody looks at a page in the background: it costs nothing.
  document.addEventListener("visibilitychange", () => { if (document.hidden) stop(); else start(); });
  addEventListener("pagehide", stop);
  start();
})();

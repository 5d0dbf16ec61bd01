"use strict";

// Changes of people: each is sent, and then one sees how the training goes on.
(() => {
  const box = document.querySelector("[data-training]");

  function show(state) {
    if (!box) return;
    box.hidden = state.phase === "none";
    box.className = `training card ${state.phase}`;
    box.setAttribute("role", state.phase === "failed" ? "alert" : "status");
    box.replaceChildren();
    const title = document.createElement("p");
    const words = { running: "Working", done: "Done", failed: "Failed, nothing has changed" };
    title.textContent = `${words[state.phase] ?? ""}: ${state.title}`;
    box.append(title);
    if (state.phase === "running") {
      const bar = document.createElement("progress");
      if (state.total > 0) { bar.max = state.total; bar.value = state.done; }
      bar.setAttribute("aria-label", state.progress ?? "Training");
      box.append(bar);
    }
    if (state.problem) {
      const problem = document.createElement("p");
      problem.className = "bad";
      problem.textContent = state.problem;
      box.append(problem);
    }
    if (state.lines.length > 0) {
      const list = document.createElement("ul");
      for (const line of state.lines) {
        const item = document.createElement("li");
        item.textContent = line;
        list.append(item);
      }
      box.append(list);
    }
  }

  // Until the change has come to its end; then the page, or the next one, is loaded.
  async function follow(number, next) {
    for (;;) {
      const response = await fetch("/api/v1/training", { headers: { Accept: "application/json" } });
      if (!response.ok) throw new Error(`The server answered ${response.status}.`);
      const state = await response.json();
      show(state);
      if (state.number !== number || state.phase !== "running") {
        if (state.phase === "done") {
          sessionStorage.setItem("visage-done", JSON.stringify(state));
          if (next) location.href = next; else location.reload();
        }
        return;
      }
      await new Promise((done) => setTimeout(done, 300));
    }
  }

  async function change(form, path, body, next) {
    const buttons = form.querySelectorAll("button");
    for (const button of buttons) button.disabled = true;
    try {
      const state = await Visage.send("POST", path, body);
      if (!state) return;
      show(state);
      await follow(state.number, next);
    } catch (error) {
      Visage.notice(error.message);
    } finally {
      for (const button of buttons) button.disabled = false;
    }
  }

  async function upload(files) {
    const uploads = [];
    for (const file of files) {
      Visage.notice(`Sending ${file.name}`);
      const answer = await Visage.send("POST", "/api/v1/uploads", new Blob([file], { type: "application/octet-stream" }));
      if (answer) uploads.push(answer.upload);
    }
    return uploads;
  }

  async function add(form, path, next) {
    const input = form.querySelector('input[type="file"]');
    try {
      const uploads = await upload(input.files);
      await change(form, path, { uploads }, next);
    } catch (error) {
      Visage.notice(error.message);
    }
  }

  const on = (selector, handler) => {
    for (const form of document.querySelectorAll(selector)) {
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        handler(form, new FormData(form), event.submitter);
      });
    }
  };

  on("[data-new-person]", (form, data) => {
    const name = encodeURIComponent(data.get("name").trim());
    add(form, `/api/v1/people/${name}/photos`, `/people/${name}`);
  });
  on("[data-add-photos]", (form) => add(form, `${form.dataset.addPhotos}/photos`));
  on("[data-photos]", (form, data, submitter) => {
    const photos = data.getAll("photo");
    if (photos.length === 0) return Visage.notice("Choose photos first.");
    if (submitter?.name === "move") {
      const to = (data.get("to") ?? "").trim();
      if (!to) return Visage.notice("Say to whom the photos belong.");
      return change(form, `${form.dataset.photos}/move`, { to, photos });
    }
    change(form, `${form.dataset.photos}/remove`, { photos });
  });
  on('[data-action="rename"]', (form, data) => {
    const name = data.get("name").trim();
    change(form, `${form.dataset.person}/rename`, { name }, `/people/${encodeURIComponent(name)}`);
  });
  on('[data-action="forget"]', (form, data) => {
    const body = { events: data.has("events"), recordings: data.has("recordings") };
    change(form, `${form.dataset.person}/forget`, body, "/people");
  });
  on("[data-label]", (form, data) => {
    change(form, "/api/v1/unknown/label", { ids: form.dataset.label.split(" "), name: data.get("name").trim() });
  });
  on("[data-correct]", (form, data) => {
    const name = (data.get("name") ?? "").trim();
    change(form, form.dataset.correct, data.get("who") === "other" && name ? { is: name } : {});
  });
  for (const button of document.querySelectorAll("[data-forget-unknown]")) {
    button.addEventListener("click", () => change(button.form, button.dataset.forgetUnknown, {}));
  }

  const done = sessionStorage.getItem("visage-done");
  if (done) {
    sessionStorage.removeItem("visage-done");
    show(JSON.parse(done));
  } else if (box) {
    fetch("/api/v1/training").then((response) => response.json()).then((state) => {
      if (state.phase !== "running") return;
      show(state);
      return follow(state.number);
    }).catch((error) => Visage.notice(error.message));
  }
})();

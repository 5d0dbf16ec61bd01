"use strict";

// The timeline goes on by itself when one scrolls to an end; a visit's recording begins where the face came.
(() => {
  const list = document.querySelector("[data-timeline]");
  if (list) {
    // What has been scrolled past leaves the page, and comes back when one scrolls to it: however long the timeline is, the
    // page stays small.
    const maxRows = 400;
    let isLoading = false;
    const seen = new IntersectionObserver((entries) => {
      for (const entry of entries) if (entry.isIntersecting) load(entry.target);
    }, { rootMargin: "800px" });

    const rows = () => [...list.querySelectorAll("[data-visit]")];
    const ends = () => [...list.querySelectorAll("[data-more], [data-newer]")];
    const watch = () => { seen.disconnect(); for (const link of ends()) seen.observe(link); };

    function leadOn(key, row) {
      const fields = new URLSearchParams(location.search);
      fields.delete("before");
      fields.delete("after");
      fields.set(key, row.dataset.cursor);
      const link = document.createElement("a");
      link.className = "button";
      link.href = `?${fields}`;
      link.textContent = key === "before" ? "Earlier visits" : "Later visits";
      link.dataset[key === "before" ? "more" : "newer"] = "";
      const place = document.createElement("p");
      place.className = "more";
      place.append(link);
      if (key === "before") list.append(place); else list.prepend(place);
    }

    // Keeps what one looks at in its place while rows come and go above it.
    function inPlace(work) {
      const anchor = rows().find((row) => row.getBoundingClientRect().bottom > 0);
      const top = anchor?.getBoundingClientRect().top;
      work();
      if (anchor?.isConnected) scrollBy({ top: anchor.getBoundingClientRect().top - top, behavior: "instant" });
    }

    // A day that is there already goes on.
    function merge(upper, lower) {
      if (!upper || !lower || upper.dataset.day !== lower.dataset.day) return;
      upper.querySelector("ol").append(...lower.querySelectorAll("li"));
      lower.remove();
    }

    function add(content, isTop) {
      const old = [...list.querySelectorAll("[data-day]")];
      const fresh = [...content.querySelectorAll("[data-day]")];
      if (isTop) list.prepend(content); else list.append(content);
      if (isTop) merge(fresh.at(-1), old[0]); else merge(old.at(-1), fresh[0]);
    }

    function trim(isTop) {
      const all = rows();
      const extra = all.length - maxRows;
      if (extra <= 0) return;
      for (const row of isTop ? all.slice(0, extra) : all.slice(-extra)) row.remove();
      for (const day of list.querySelectorAll("[data-day]")) if (!day.querySelector("[data-visit]")) day.remove();
      list.querySelector(isTop ? "[data-newer]" : "[data-more]")?.parentElement.remove();
      if (isTop) leadOn("after", all[extra]); else leadOn("before", all[maxRows - 1]);
    }

    async function load(link) {
      if (isLoading || !link.isConnected) return;
      isLoading = true;
      const isTop = "newer" in link.dataset;
      try {
        const response = await fetch("/timeline/more" + new URL(link.href).search);
        if (response.status === 401) return location.reload();
        if (!response.ok) throw new Error(`The server answered ${response.status}.`);
        const part = document.createElement("template");
        part.innerHTML = await response.text();
        // The way back is there already.
        part.content.querySelector(isTop ? "[data-more]" : "[data-newer]")?.parentElement.remove();
        inPlace(() => {
          link.parentElement.remove();
          add(part.content, isTop);
          trim(!isTop);
        });
        watch();
      } catch (error) {
        Visage.notice(`${link.textContent} could not be loaded: ${error.message}`);
      } finally {
        isLoading = false;
      }
    }

    list.addEventListener("click", (event) => {
      const link = event.target.closest("[data-more], [data-newer]");
      if (!link) return;
      event.preventDefault();
      load(link);
    });
    watch();
  }

  const filter = document.querySelector("[data-filter]");
  if (filter) {
    // Empty fields would only make the address longer.
    const go = () => {
      const fields = [...new FormData(filter)].filter(([, value]) => value);
      location.href = "/timeline" + (fields.length ? "?" + new URLSearchParams(fields) : "");
    };
    filter.addEventListener("submit", (event) => { event.preventDefault(); go(); });
    for (const field of filter.querySelectorAll("select")) field.addEventListener("change", () => {
      // The camera may be one of another machine.
      if (field.name === "machine") filter.elements.camera.value = "";
      go();
    });
  }

  const video = document.querySelector("video[data-from]");
  if (video) {
    const from = Number(video.dataset.from);
    let timer = 0;
    const start = () => {
      clearInterval(timer);
      video.currentTime = from;
      video.play().catch(() => {});
    };
    // Firefox finds out how long a recording is only by reading it, reads some way ahead of the place where it is, and
    // takes a place that it has not read yet for the end. So it is led there.
    let known = 0;
    let turns = 0;
    const approach = () => {
      if (video.duration >= from) return start();
      if (video.readyState === 0 || video.networkState === HTMLMediaElement.NETWORK_LOADING) return;
      if (!(video.duration > known)) {
        // Nothing more was found for five seconds: the recording ends before that place.
        turns += 1;
        if (turns > 10) start();
        return;
      }
      turns = 0;
      known = video.duration;
      video.currentTime = known;
    };
    video.preload = "auto";
    video.addEventListener("loadedmetadata", approach, { once: true });
    timer = setInterval(approach, 500);
    approach();
    document.querySelector("[data-again]").addEventListener("click", start);
    // As players do: arrows go to the visits beside.
    addEventListener("keydown", (event) => {
      if (event.target.closest("input, select, textarea, video") || event.altKey || event.ctrlKey || event.metaKey) return;
      const rel = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
      const link = rel && document.querySelector(`a[rel="${rel}"]`);
      if (link) location.href = link.href;
    });
  }
})();

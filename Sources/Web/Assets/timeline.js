"use strict";

// The timeline goes on by itself when one scrolls to its end; a visit's recording begins where the face came.
(() => {
  const list = document.querySelector("[data-timeline]");
  if (list) {
    let isLoading = false;
    const seen = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) more();
    }, { rootMargin: "800px" });

    const watch = () => {
      const link = list.querySelector("[data-more]");
      if (link) seen.observe(link);
      return link;
    };

    async function more() {
      const link = list.querySelector("[data-more]");
      if (!link || isLoading) return;
      isLoading = true;
      try {
        const response = await fetch("/timeline/more" + link.getAttribute("href"));
        if (response.status === 401) return location.reload();
        if (!response.ok) throw new Error(`The server answered ${response.status}.`);
        const part = document.createElement("template");
        part.innerHTML = await response.text();
        link.parentElement.remove();
        // A day that is there already goes on.
        const last = [...list.querySelectorAll("[data-day]")].pop();
        const first = part.content.querySelector("[data-day]");
        if (last && first && last.dataset.day === first.dataset.day) {
          last.querySelector("ol").append(...first.querySelectorAll("li"));
          first.remove();
        }
        list.append(part.content);
        watch();
      } catch (error) {
        Visage.notice(`Earlier visits could not be loaded: ${error.message}`);
      } finally {
        isLoading = false;
      }
    }

    list.addEventListener("click", (event) => {
      if (!event.target.closest("[data-more]")) return;
      event.preventDefault();
      more();
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
    for (const field of filter.querySelectorAll("select")) field.addEventListener("change", go);
  }

  const video = document.querySelector("video[data-from]");
  if (video) {
    const from = Number(video.dataset.from);
    const start = () => { video.currentTime = from; video.play().catch(() => {}); };
    if (video.readyState > 0) start(); else video.addEventListener("loadedmetadata", start, { once: true });
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

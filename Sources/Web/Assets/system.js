"use strict";

// Tries the address of a camera and says what came of it.
(() => {
  const form = document.querySelector("[data-try]");
  if (!form) return;
  const place = document.querySelector("[data-tried]");
  const button = form.querySelector("button");

  function words(outcome) {
    if (!outcome.works) return `It does not work: ${outcome.reason}`;
    const rate = outcome.fps ? `, ${outcome.fps} frames/s` : "";
    return `It works: ${outcome.width} × ${outcome.height}, ${outcome.stream}${rate} (${outcome.source})`;
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    place.className = "tried soft";
    place.textContent = "Trying, up to 20 seconds…";
    try {
      const outcome = await Visage.send("POST", "/api/v1/sources/try", { source: form.source.value.trim() });
      if (!outcome) return;
      place.className = outcome.works ? "tried" : "tried bad";
      place.textContent = words(outcome);
    } catch (error) {
      place.className = "tried bad";
      place.textContent = error.message;
    } finally {
      button.disabled = false;
    }
  });
})();

"use strict";
// Reviews fall due after the page was made: mark those that have, by the clock of whoever reads.
(() => {
  const today = new Date().toISOString().slice(0, 10);
  for (const chip of document.querySelectorAll("[data-due]")) {
    if (chip.dataset.due >= today) continue;
    chip.classList.add("bad");
    chip.querySelector(".state").textContent = "overdue since";
  }
})();

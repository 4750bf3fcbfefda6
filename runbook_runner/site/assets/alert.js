"use strict";
// One runbook has this alert: go there, and take along what the link to here carried.
(() => {
  const link = document.querySelector("[data-go]");
  if (link) location.replace(link.getAttribute("href") + location.hash);
})();

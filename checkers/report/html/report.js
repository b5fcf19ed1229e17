"use strict";
// The page has every finding as text already; this only hides what isn't asked for. Text goes into the page as text.
(() => {
  const field = (id) => document.getElementById(id);
  const findings = JSON.parse(field("data").textContent);
  const form = field("filters");

  function apply() {
    const check = field("check").value;
    const file = field("file").value;
    const words = field("text").value.toLowerCase().split(/\s+/).filter((word) => word !== "");
    let shown = 0;
    for (const finding of findings) {
      const wanted = (check === "" || finding.check === check) && (file === "" || finding.file === file) &&
        words.every((word) => finding.text.includes(word));
      field(finding.id).hidden = !wanted;
      shown += wanted ? 1 : 0;
    }
    for (const group of document.querySelectorAll(".file"))
      group.hidden = group.querySelector("article:not([hidden])") === null;
    field("shown").textContent = `${shown} of ${findings.length} findings shown`;
  }

  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  field("all").addEventListener("click", () => {
    form.reset();
    apply();
  });
  if (findings.length > 0) {
    form.hidden = false;
    apply();
  }
})();

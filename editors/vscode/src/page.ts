// The page that a picture is shown on. What it shows is sent to it, so that place and size stay as the text is typed.

import { randomBytes } from "node:crypto";

const STYLE = `
  html, body { height: 100%; margin: 0; padding: 0; }
  body { display: flex; flex-direction: column; background: var(--vscode-editor-background); color: var(--vscode-foreground); }
  #bar { display: flex; gap: 4px; align-items: center; padding: 4px 8px; flex: none; border-bottom: 1px solid var(--vscode-panel-border); }
  #bar span { flex: 1; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; color: var(--vscode-descriptionForeground); }
  #bar button { border: 0; border-radius: 4px; padding: 2px 8px; min-width: 26px; cursor: pointer; font: inherit;
    background: var(--vscode-button-secondaryBackground); color: var(--vscode-button-secondaryForeground); }
  #bar button:hover { background: var(--vscode-button-secondaryHoverBackground); }
  #picture { flex: 1; overflow: auto; padding: 8px; }
  #picture svg { display: block; margin: 0 auto; height: auto; max-width: none; }
  #picture.old svg { opacity: 0.45; }
  .flow-graph .ground { fill: none; }
  .flow-graph .heading { display: none; }
  [data-node] { cursor: pointer; }
  [data-node]:hover .box { stroke-width: 3; }
  [data-node].here .box { stroke: var(--vscode-focusBorder); stroke-width: 4; }
`;

const SCRIPT = `
  const vscode = acquireVsCodeApi();
  const picture = document.getElementById("picture");
  const said = document.getElementById("said");
  let nodes = [], marked = null, flow = "";
  // A number: so large. "room": as wide as there is room for. "read": that, but so large that it can be read.
  let zoom = "read";

  function size() {
    const svg = picture.querySelector("svg");
    if (!svg) { return; }
    const own = svg.viewBox.baseVal.width;
    const fit = Math.min(1, Math.max(0.1, (picture.clientWidth - 20) / own));
    svg.style.width = own * (zoom === "room" ? fit : zoom === "read" ? Math.max(fit, 0.7) : zoom) + "px";
  }
  function scale(factor) {
    const svg = picture.querySelector("svg");
    if (!svg) { return; }
    const now = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    zoom = Math.min(4, Math.max(0.2, now * factor));
    size();
  }
  // The picture asks what the machine prefers; here the editor's theme counts.
  function theme() {
    const dark = document.body.classList.contains("vscode-dark") || document.body.classList.contains("vscode-high-contrast")
      && !document.body.classList.contains("vscode-high-contrast-light");
    for (const style of picture.querySelectorAll("style")) {
      style.dataset.own ??= style.textContent;
      style.textContent = style.dataset.own.replace(/@media[^{]*prefers-color-scheme:\\s*dark[^{]*/g, dark ? "@media all" : "@media not all");
    }
  }
  function mark() {
    for (const node of picture.querySelectorAll("[data-node]")) {
      node.classList.toggle("here", marked !== null && node.dataset.node === String(marked));
    }
    picture.querySelector(".here")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  window.addEventListener("message", ({ data }) => {
    if (data.svg !== undefined) {
      const place = flow === data.flow ? [picture.scrollLeft, picture.scrollTop] : undefined;
      ({ nodes, flow } = data);
      picture.innerHTML = data.svg;
      picture.classList.remove("old");
      said.textContent = flow;
      said.title = "";
      theme(); size();
      // The beginning of a flow is in the middle of the top.
      picture.scrollTo(...(place ?? [(picture.scrollWidth - picture.clientWidth) / 2, 0]));
      mark();
    } else if (data.why !== undefined) {
      picture.classList.add("old");
      said.textContent = flow === "" ? data.why : flow + ", before the last mistake";
      said.title = data.why;
    } else if (data.theme) {
      setTimeout(theme, 50);
    } else if (data.mark !== undefined) {
      marked = data.mark;
      mark();
    }
  });
  document.addEventListener("click", (event) => {
    const id = event.target.closest("[data-node]")?.dataset.node;
    const node = nodes.find((node) => String(node.id) === id);
    if (node) { event.preventDefault(); vscode.postMessage({ line: node.line }); }
  });
  document.addEventListener("wheel", (event) => {
    if (event.ctrlKey || event.metaKey) { event.preventDefault(); scale(event.deltaY < 0 ? 1.15 : 1 / 1.15); }
  }, { passive: false });
  document.getElementById("in").addEventListener("click", () => scale(1.25));
  document.getElementById("out").addEventListener("click", () => scale(0.8));
  document.getElementById("fit").addEventListener("click", () => { zoom = "room"; size(); });
  window.addEventListener("resize", size);
  new MutationObserver(theme).observe(document.body, { attributes: true, attributeFilter: ["class"] });
  vscode.postMessage({ ready: true });
`;

/** The page, with nothing on it yet. It loads nothing, and runs its own script only. */
export function page(): string {
  const nonce = randomBytes(16).toString("hex");
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><title>Flow</title>
<style>${STYLE}</style></head>
<body>
<div id="bar"><span id="said">Drawing …</span><button id="out" title="Smaller (Ctrl and wheel)">−</button>
<button id="fit" title="As wide as there is room for">Fit</button><button id="in" title="Larger (Ctrl and wheel)">+</button></div>
<div id="picture"></div>
<script nonce="${nonce}">${SCRIPT}</script>
</body>
</html>`;
}

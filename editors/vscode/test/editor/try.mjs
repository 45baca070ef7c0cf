// The packaged extension in a real VS Code build (code-server) in Chromium: what a user does, and what they must then see.
//
//     FLOW=../../target/debug/flow npm run try
//
// FLOW: the built command. FLOW_VSCODE_CACHE: where code-server is installed, and found again (some minutes the first time; a
// folder that is removed where it is not set). FLOW_CHROMIUM: the browser, `/usr/bin/chromium` where it is not set.
// FLOW_PICTURES: a folder for the pictures of the documentation; none are kept where it is not set.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { closeTab, command, cursor, open, openFile, rows, within } from "./code.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const extension = resolve(here, "../..");
const root = resolve(extension, "../..");
const flow = resolve(process.env.FLOW ?? join(root, "target/debug/flow"));
const scratch = mkdtempSync(join(tmpdir(), "flow-vscode-"));
const cache = process.env.FLOW_VSCODE_CACHE ?? join(scratch, "code-server");
const pictures = process.env.FLOW_PICTURES;
const folder = join(scratch, "examples");
const begun = Date.now();

function say(what) {
  console.log(`${((Date.now() - begun) / 1000).toFixed(1).padStart(6)} s  ${what}`);
}

execFileSync(flow, ["--version"]);
execFileSync(join(here, "install"), [cache], { stdio: "inherit" });
execFileSync("npm", ["run", "--silent", "package"], { cwd: extension, stdio: ["ignore", "ignore", "inherit"] });
say("code-server is installed, and the extension is packaged");

cpSync(join(root, "examples"), folder, { recursive: true });
rmSync(join(folder, ".flow"), { recursive: true, force: true });
appendFileSync(
  join(folder, "front_desk.flow"),
  `
test "nobody changes plans unasked" {
    let ada = Contact(first_name: "Ada", plan: .trial)
    let run = start front_desk(Conversation(contact: ada))
    expect run.said("Hi Ada, what can we do for you?")
    expect ada.plan == .pro
}
`,
);
const source = readFileSync(join(folder, "front_desk.flow"), "utf8");
/** The line of the front desk, from 1, on which a piece of its text stands. */
const lineOf = (piece) => source.split("\n").findIndex((line) => line.includes(piece)) + 1;
const settings = {
  "workbench.startupEditor": "none",
  "workbench.colorTheme": "Default Light Modern",
  "telemetry.telemetryLevel": "off",
  "editor.minimap.enabled": false,
  "remote.autoForwardPorts": false,
  "files.autoSave": "off",
  "terminal.integrated.gpuAcceleration": "off",
};
const vsix = join(extension, "flow.vsix");
const size = { width: 1320, height: 820 };
const code = await open({ cache, scratch, folder, vsix, settings, machine: { "flow.command": flow }, size });
const { page } = code;
/** Keeps a picture for the documentation; small, for it is kept with the sources. */
const keep = async (name) => {
  if (pictures === undefined) {
    return;
  }
  await page.setViewportSize({ width: 1000, height: 560 });
  await page.mouse.move(500, 555);
  await new Promise((resolve) => setTimeout(resolve, 500));
  await page.screenshot({ path: join(pictures, `vscode-${name}.png`) });
  await page.setViewportSize(size);
};

try {
  await openFile(page, "front_desk.flow");
  await colours();
  await problems();
  await hoverAndCompletion();
  await picture();
  await tests();
  await terminals();
  await tasks();
  await dark();
  say("everything was seen");
} catch (error) {
  await page.screenshot({ path: join(tmpdir(), "flow-vscode-failed.png") });
  console.error(`The picture of the failure: ${join(tmpdir(), "flow-vscode-failed.png")}`);
  throw error;
} finally {
  await code.close();
  rmSync(scratch, { recursive: true, force: true });
}

/** The colour of a word of a line of the text. */
async function colour(line, word) {
  return page.evaluate(
    ([line, word]) => {
      const numbers = [...document.querySelectorAll(".margin-view-overlays > div")];
      const top = numbers.find((one) => one.textContent.trim() === String(line))?.style.top;
      const row = [...document.querySelectorAll(".view-lines > .view-line")].find((one) => one.style.top === top);
      const piece = [...(row?.querySelectorAll("span > span") ?? [])].find((one) => one.textContent.trim() === word);
      return piece === undefined ? `no ${word} in ${row?.textContent}` : getComputedStyle(piece).color;
    },
    [line, word],
  );
}

async function colours() {
  const say_ = lineOf('say "Hi');
  await within("words are coloured", async () => {
    const word = await colour(say_, "say");
    const branch = await colour(lineOf("else as text"), "else");
    const name = await colour(4, "front_desk");
    assert.equal(word, branch, "a statement has the colour of a statement");
    assert.notEqual(word, name);
  });
  // A colour that only the server knows: a parameter where it is used, and no type.
  await within("names are coloured by what they are", async () => {
    assert.notEqual(await colour(lineOf("let contact ="), "conversation"), await colour(lineOf("let contact ="), "let"));
  });
  say("colours");
}

async function problems() {
  await cursor(page, lineOf('say "Hi'), 5);
  await page.keyboard.type("contact.nmae = 1; ");
  await page.waitForSelector(".squiggly-error");
  await page.keyboard.press("Control+Shift+M");
  await within("the problem is listed", async () => {
    const listed = (await rows(page, ".markers-panel")).join("\n");
    assert.match(listed, /nmae.*flow E0102 \[Ln 7, Col 13\]/);
  });
  await page.locator(".markers-panel a", { hasText: "E0102" }).first().click();
  await page.locator(".tab", { hasText: "E0102" }).waitFor();
  await within("a code is a link to its page", async () => {
    assert.match(await text(), /no such field or method/);
  });
  await closeTab(page, "E0102");
  await cursor(page, 7, 13);
  await page.keyboard.press("Control+j");
  const offered = page.locator(".action-widget .monaco-list-row");
  await within("edits are offered", async () => {
    await cursor(page, 7, 13);
    await page.keyboard.press("Control+.");
    await offered.first().waitFor({ timeout: 4_000 });
  });
  const actions = await offered.allTextContents();
  assert.ok(actions.some((one) => one.includes("Explain E0102")), actions.join());
  await offered.filter({ hasText: "Explain E0102" }).click({ force: true });
  await page.locator(".tab", { hasText: "E0102" }).waitFor();
  await closeTab(page, "E0102");
  await cursor(page, 7, 13);
  await command(page, "File: Revert File", "Revert File");
  await page.waitForSelector(".squiggly-error", { state: "detached" });
  say("a mistake: its squiggle, its row, its explanation, gone when it is");
}

async function hoverAndCompletion() {
  const line = lineOf("let contact =");
  await cursor(page, line, 28);
  await command(page, "Show or Focus Hover", "Show or Focus Hover");
  await within("hover", async () => {
    const text = await page.locator(".monaco-hover:visible").allTextContents();
    assert.match(text.join("\n"), /conversation: Conversation/);
  });
  await page.keyboard.press("Escape");
  await cursor(page, line, 200);
  await page.keyboard.press("Enter");
  await page.keyboard.type("let email = contact.");
  await within("fields are offered", async () => {
    assert.match((await rows(page, ".suggest-widget.visible")).join("\n"), /email/);
  });
  await page.keyboard.press("Escape");
  for (let back = 0; back < 20; back++) {
    await page.keyboard.press("Backspace");
  }
  await page.keyboard.type("waitfor");
  await within("snippets are offered", async () => {
    assert.match((await rows(page, ".suggest-widget.visible")).join("\n"), /waitfor/);
  });
  await page.keyboard.press("Tab");
  await within("a snippet is written", async () => {
    assert.match(await text(), /wait #anchor \{/);
  });
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await command(page, "File: Revert File", "Revert File");
  say("hover, completion, a snippet");
}

/** The lines of the text that are to be seen. */
async function text() {
  const lines = await page.locator(".editor-instance .view-lines").first().innerText();
  return lines.replace(/\u00a0/g, " ");
}

/** The page within the page, on which the picture is. */
async function canvas() {
  for (const frame of page.frames()) {
    if ((await frame.locator("#picture").count().catch(() => 0)) > 0) {
      return frame;
    }
  }
  return undefined;
}

/** Opens the picture. A page within a page now and then does not load in a browser without a window: then once more. */
async function showPicture() {
  for (let tries = 0; ; tries++) {
    await command(page, "Flow: Show the Picture Beside the Text");
    try {
      return await within("the picture's page", async () => assert.ok(await canvas()), 8_000);
    } catch (error) {
      if (tries === 3) {
        throw error;
      }
      await closeTab(page, /^Flow$/);
    }
  }
}

async function picture() {
  await cursor(page, 5, 5);
  await showPicture();
  const nodes = JSON.parse(execFileSync(flow, ["graph", join(folder, "front_desk.flow"), "--json"], { encoding: "utf8" })).nodes;
  await within("every step of the flow is drawn", async () => {
    assert.equal(await (await canvas()).locator("[data-node]").count(), nodes.length);
  });
  const hi = lineOf('say "Hi');
  await cursor(page, hi, 10);
  await page.keyboard.type("Welcome back! ");
  await within("what is typed is drawn, and marked", async () => {
    const marked = await (await canvas()).locator(".node.here").textContent();
    assert.match(marked, /Welcome/);
  });
  await page.keyboard.press("Control+b");
  await keep("picture");
  await page.keyboard.press("Control+b");
  const closing = nodes.find((node) => node.text.startsWith("I'll close this"));
  await (await canvas()).locator(`[data-node="${closing.id}"]`).click();
  await within("a click leads to the source", async () => {
    assert.ok(await page.evaluate(() => document.activeElement?.closest(".editor-instance") !== null), "one can go on typing");
    assert.match(await page.locator(".statusbar-item", { hasText: /^Ln \d/ }).innerText(), new RegExp(`Ln ${closing.line}, Col 1[37]`));
  });
  await cursor(page, lineOf("flow change_plan"), 8);
  await within("the picture follows the cursor into another flow", async () => {
    assert.match(await (await canvas()).locator("#said").innerText(), /change_plan/);
  });
  await cursor(page, hi, 5);
  await within("the picture is that of the front desk again", async () => {
    assert.match(await (await canvas()).locator("#said").innerText(), /front_desk\.front_desk/);
  });
  await page.locator(".codelens-decoration a:visible", { hasText: "Graph" }).nth(1).click();
  await within("what stands above a flow draws it, wherever the cursor is", async () => {
    assert.match(await (await canvas()).locator("#said").innerText(), /change_plan/);
  });
  await cursor(page, hi, 5);
  await page.keyboard.type("foo ");
  await within("a mistake leaves the picture, and says so", async () => {
    assert.match(await (await canvas()).locator("#said").innerText(), /before the last mistake/);
  });
  await command(page, "File: Revert File", "Revert File");
  await closeTab(page, /^front_desk$/);
  say("the picture: every step, as one types, a click, another flow, a mistake");
}

async function tests() {
  await command(page, "Flow: Run the Tests of This File");
  await within("a passing and a failing test", async () => {
    const listed = await page.locator(".test-explorer .monaco-list-row").evaluateAll((found) => found.map((one) => one.getAttribute("aria-label")));
    const of = (title) => listed.find((label) => label?.includes(title)) ?? "";
    assert.match(of("a change of plan is asked for once more"), /Passed/);
    assert.match(of("nobody changes plans unasked"), /Failed/);
  });
  await cursor(page, source.trimEnd().split("\n").length, 1);
  await within("the failure stands at its line", async () => {
    const shown = await page.locator(".test-error-content-widget").allInnerTexts();
    assert.match(shown.join("\n"), /`ada.plan == .pro` does not hold/);
  });
  await keep("tests");
  // The lines above move while the results are shown.
  await within("what stands above a test runs it alone", async () => {
    await page.locator(".codelens-decoration a:visible", { hasText: "Run test" }).last().click({ timeout: 3_000 });
    await within("one test", async () => assert.match(await page.locator(".result-summary").innerText(), /0\/1/), 5_000);
  });
  say("tests: one passes, one fails at its line");
}

async function terminals() {
  await openFile(page, "front_desk.flow");
  await cursor(page, 5, 5);
  await command(page, "Flow: Run This Flow in a Terminal");
  await within("the run speaks", async () => {
    assert.match(await terminal(), /what can we do for you\?/);
  });
  await page.keyboard.type("Talk to a person\n");
  await within("the run hears", async () => {
    assert.match(await terminal(), /One of us will be with you shortly/);
  });
  await openFile(page, "front_desk.flow");
  await cursor(page, 5, 5);
  await command(page, "Flow: Show the Runs of This Flow");
  await within("the runs are listed", async () => {
    assert.match(await terminal(), /front_desk\.front_desk/);
  });
  say("a conversation in the terminal, and the runs of its flow");
}

/** What terminals show. */
async function terminal() {
  const shown = await page.locator(".terminal.xterm:visible .xterm-rows").allInnerTexts();
  return shown.join("\n").replace(/\u00a0/g, " ").replace(/\n/g, " ");
}

async function tasks() {
  writeFileSync(join(folder, "wrong.flow"), "flow wrong(contact: Contact) {\n    contact.nmae = 1\n}\n");
  await command(page, "Tasks: Run Build Task", "Run Build Task");
  await page.locator(".quick-input-list .monaco-list-row", { hasText: "flow: check" }).click();
  await within("the check goes on in a terminal", async () => {
    assert.match(await terminal(), /wrong\.flow:2:13: error\[E0102\]/);
  });
  await page.keyboard.press("Control+Shift+M");
  await within("the check's findings are problems", async () => {
    const listed = (await rows(page, ".markers-panel")).join("\n");
    assert.match(listed, /wrong\.flow[^]*nmae.*flow check E0102 \[Ln 2, Col 13\]/);
  });
  rmSync(join(folder, "wrong.flow"));
  say("the task `flow: check`, and its findings under Problems");
}

async function dark() {
  await command(page, "Preferences: Color Theme");
  const themes = page.locator(".quick-input-list .monaco-list-row");
  await themes.filter({ hasText: "Light Modern" }).first().waitFor();
  await page.keyboard.insertText("Dark Modern");
  await within("the theme is found", async () => assert.match(await themes.first().innerText(), /^Dark Modern/));
  await page.keyboard.press("Enter");
  await openFile(page, "front_desk.flow");
  await page.keyboard.press("Control+j");
  await page.waitForSelector(".monaco-workbench.vs-dark");
  await cursor(page, lineOf('say "Hi'), 5);
  await showPicture();
  await within("the picture is dark where the editor is", async () => {
    const fill = await (await canvas()).locator(".say .box, .box.say").first().evaluate((box) => getComputedStyle(box).fill);
    const [red, green, blue] = fill.match(/\d+/g).map(Number);
    assert.ok(red + green + blue < 380, fill);
  });
  say("a dark theme");
}

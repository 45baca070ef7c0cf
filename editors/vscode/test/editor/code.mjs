// VS Code in a browser: code-server with the packaged extension on a loopback port, and a page of Chromium that shows it.

import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { chromium } from "playwright-core";

/** A port of the loopback that nobody listens on. */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Starts the editor on a folder. `cache` is where code-server is installed, `scratch` a folder for what it writes. */
export async function open({ cache, scratch, folder, vsix, settings, machine, size }) {
  const entry = join(cache, "node_modules/code-server/out/node/entry.js");
  const user = join(scratch, "user");
  const extensions = join(scratch, "extensions");
  mkdirSync(join(user, "User"), { recursive: true });
  writeFileSync(join(user, "User/settings.json"), JSON.stringify(settings, null, 2));
  // Where a command is is a matter of the machine that the server runs on: the user's settings do not say it there.
  mkdirSync(join(user, "Machine"));
  writeFileSync(join(user, "Machine/settings.json"), JSON.stringify(machine, null, 2));
  const config = join(scratch, "config.yaml");
  writeFileSync(config, "auth: none\n");
  const own = ["--config", config, "--user-data-dir", user, "--extensions-dir", extensions];
  const installed = spawnSync(process.execPath, [entry, ...own, "--install-extension", vsix], { encoding: "utf8" });
  if (installed.status !== 0) {
    throw new Error(`the extension cannot be installed: ${installed.stderr}${installed.stdout}`);
  }
  const port = await freePort();
  const quiet = ["--disable-telemetry", "--disable-update-check", "--disable-workspace-trust"];
  const server = spawn(process.execPath, [entry, ...own, ...quiet, "--auth", "none", "--bind-addr", `127.0.0.1:${port}`, folder], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  await new Promise((resolve, reject) => {
    const heard = (data) => {
      log += data;
      if (log.includes("HTTP server listening")) {
        resolve();
      }
    };
    server.stdout.on("data", heard);
    server.stderr.on("data", heard);
    server.on("exit", () => reject(new Error(`code-server ended: ${log}`)));
  });
  const browser = await chromium.launch({
    executablePath: process.env.FLOW_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"],
  });
  const page = await browser.newPage({ viewport: size });
  const close = async () => {
    await browser.close();
    server.kill();
  };
  await page.goto(`http://127.0.0.1:${port}/?folder=${encodeURIComponent(folder)}`);
  await page.waitForSelector(".monaco-workbench");
  return { page, close, log: () => log };
}

/** Types into the box that a key opens, and takes the row that says `shown`. The box closes where something else takes the focus. */
async function pick(page, key, typed, shown) {
  const row = page.locator(".quick-input-list .monaco-list-row").filter({ hasText: shown }).first();
  for (let tries = 0; ; tries++) {
    await page.keyboard.press(key);
    try {
      await page.waitForSelector(".quick-input-widget:visible", { timeout: 4_000 });
      await page.keyboard.insertText(typed);
      await row.click({ timeout: 4_000 });
      return;
    } catch (error) {
      if (tries === 4) {
        throw error;
      }
      await page.keyboard.press("Escape");
    }
  }
}

/** Carries out a command by its title, as a user does from the palette; `shown` is what its row there says. */
export async function command(page, title, shown = title) {
  await pick(page, "F1", title, shown);
}

/** Opens a file of the folder. */
export async function openFile(page, name) {
  await pick(page, "Control+p", name, name);
  await page.locator(".tab.active").filter({ hasText: name }).first().waitFor();
}

/** Puts the cursor somewhere, from 1, in the text that was active last. */
export async function cursor(page, line, column) {
  await command(page, "View: Focus Active Editor Group", "Focus Active Editor Group");
  await pick(page, "Control+g", `:${line}:${column}`, "Go to line");
}

/** Closes a tab by its title. */
export async function closeTab(page, title) {
  const tab = page.locator(".tab", { hasText: title });
  await tab.hover();
  await tab.locator(".codicon-close").click();
  await tab.waitFor({ state: "detached" });
}

/** The rows of a list, each as one line. */
export async function rows(page, list) {
  const found = await page.locator(`${list} .monaco-list-row`).allInnerTexts();
  return found.map((row) => row.replace(/\s+/g, " "));
}

/** Waits until something is so; then fails with what was wrong last. */
export async function within(what, check, patience_ms = 20_000) {
  const end = Date.now() + patience_ms;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) {
        error.message = `${what}: ${error.message}`;
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

// The command `flow`, carried out.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import * as path from "node:path";
import * as vscode from "vscode";

/** What a command came to. */
export interface Done {
  /** Its exit code; -1 where it could not be started, or was ended. */
  code: number;
  out: string;
  err: string;
}

/** The command of the user's settings. */
export function command(): string {
  return vscode.workspace.getConfiguration("flow").get<string>("command", "flow");
}

/** Carries a command out; never through a shell. It is ended where `token` asks for it. */
export function run(args: string[], cwd?: string, token?: vscode.CancellationToken): Promise<Done> {
  return new Promise((resolve) => {
    const options = { cwd, maxBuffer: 64 << 20, env: { ...process.env, NO_COLOR: "1" } };
    const child = execFile(command(), args, options, (error, out, err) => {
      ended?.dispose();
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ code, out, err: err || (code === -1 && error !== null ? error.message : "") });
    });
    const ended = token?.onCancellationRequested(() => child.kill());
  });
}

/** The folder of the project that a file belongs to: the nearest above it with a `flow.toml`, else its own. */
export function projectOf(file: string): string {
  const own = path.dirname(file);
  for (let folder = own; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, "flow.toml"))) {
      return folder;
    }
    if (folder === path.dirname(folder)) {
      return own;
    }
  }
}

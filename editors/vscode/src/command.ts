// The command `flow`, carried out.

import { execFile } from "node:child_process";
import * as vscode from "vscode";

/** What a command came to. */
export interface Done {
  /** Its exit code; -1 where it could not be started. */
  code: number;
  out: string;
  err: string;
}

/** The command of the user's settings. */
export function command(): string {
  return vscode.workspace.getConfiguration("flow").get<string>("command", "flow");
}

/** Carries a command out; never through a shell. */
export function run(args: string[], cwd?: string): Promise<Done> {
  return new Promise((resolve) => {
    execFile(command(), args, { cwd, maxBuffer: 64 << 20 }, (error, out, err) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ code, out, err: err || (code === -1 && error !== null ? error.message : "") });
    });
  });
}

// What is carried out in a terminal: a run that one talks with, the runs of a flow, a check of the whole project.

import * as path from "node:path";
import * as vscode from "vscode";
import { command, projectOf } from "./command";
import { Target } from "./flows";

/** A task as `tasks.json` writes it: `{ "type": "flow", "args": ["check", "--format", "short"] }`. */
interface Definition extends vscode.TaskDefinition {
  type: "flow";
  args: string[];
}

function task(definition: Definition, name: string, cwd: string | undefined, matchers: string[]): vscode.Task {
  const folder = cwd === undefined ? undefined : vscode.workspace.getWorkspaceFolder(vscode.Uri.file(cwd));
  const execution = new vscode.ProcessExecution(command(), definition.args, cwd === undefined ? {} : { cwd });
  return new vscode.Task(definition, folder ?? vscode.TaskScope.Workspace, name, "flow", execution, matchers);
}

/** Carries a command out in a terminal of its own that stays when it has ended. */
async function inTerminal(name: string, args: string[], cwd: string): Promise<void> {
  const made = task({ type: "flow", args }, name, cwd, []);
  made.presentationOptions = { panel: vscode.TaskPanelKind.Dedicated, clear: true, focus: true };
  await vscode.tasks.executeTask(made);
}

/** Starts a run of a flow, and stays with it. */
export async function startRun({ file, flow }: Target): Promise<void> {
  const document = vscode.workspace.textDocuments.find((one) => one.uri.toString() === file.toString());
  await document?.save();
  const project = projectOf(file.fsPath);
  const named = path.relative(project, file.fsPath) + (flow === undefined ? "" : `:${flow}`);
  await inTerminal(`run ${flow ?? named}`, ["run", named], project);
}

/** Lists the runs of a flow, which is told by its name or by that of a place in it: `order.order#packed`. */
export async function listRuns({ file, flow: told }: Target): Promise<void> {
  const flow = told?.replace(/[^A-Za-z0-9_.].*$/, "");
  const project = projectOf(file.fsPath);
  const module = path.relative(project, file.fsPath).replace(/\.flow$/, "").split(path.sep).join(".");
  const qualified = flow === undefined || flow.includes(".") ? flow : `${module}.${flow}`;
  await inTerminal(`runs ${flow ?? ""}`.trim(), ["runs", ...(qualified === undefined ? [] : ["--flow", qualified])], project);
}

/** The tasks that every project has: a check, whose findings stand under Problems, and its tests. */
export class Tasks implements vscode.TaskProvider {
  async provideTasks(): Promise<vscode.Task[]> {
    const settings = await vscode.workspace.findFiles("**/flow.toml", "**/{target,node_modules}/**", 20);
    return settings.flatMap((file) => {
      const cwd = path.dirname(file.fsPath);
      const within = vscode.workspace.asRelativePath(cwd);
      const suffix = within === cwd ? "" : ` (${within})`;
      const check = task({ type: "flow", args: ["check", "--format", "short"] }, `check${suffix}`, cwd, ["$flow"]);
      check.group = vscode.TaskGroup.Build;
      const test = task({ type: "flow", args: ["test"] }, `test${suffix}`, cwd, []);
      test.group = vscode.TaskGroup.Test;
      return [check, test];
    });
  }

  resolveTask(asked: vscode.Task): vscode.Task | undefined {
    const definition = asked.definition as Partial<Definition>;
    const args = definition.args;
    if (!Array.isArray(args) || !args.every((arg) => typeof arg === "string")) {
      return undefined;
    }
    // The definition is the very one that was asked for: by it the answer is recognised.
    const execution = new vscode.ProcessExecution(command(), args, {});
    return new vscode.Task(asked.definition, asked.scope ?? vscode.TaskScope.Workspace, asked.name, "flow", execution, ["$flow"]);
  }
}

-- Flow in Neovim, from 0.7 on: starts the language server, paints with tree-sitter where its parser is there, indents.

local M = {}

-- The command of the server: `vim.g.flow_command` says where `flow` is when it is not in PATH.
function M.command()
  return { vim.g.flow_command or "flow", "lsp" }
end

-- The folder of the next `flow.toml` above a file, or the file's own: a file without one is a project by itself.
function M.root(path)
  local folder = vim.fn.fnamemodify(path, ":p:h")
  local settings = vim.fn.findfile("flow.toml", vim.fn.escape(folder, " ,;") .. ";")
  return settings ~= "" and vim.fn.fnamemodify(settings, ":p:h") or folder
end

-- What the command does in a window below.
local function terminal(arguments)
  vim.cmd("botright 15new")
  if vim.fn.has("nvim-0.11") == 1 then
    vim.fn.jobstart(arguments, { term = true })
  else
    vim.fn.termopen(arguments)
  end
end

-- What the server offers above flows and tests: see `vim.lsp.codelens`.
local commands = {
  ["flow.run"] = function(uri, name)
    terminal({ M.command()[1], "run", vim.uri_to_fname(uri) .. ":" .. name })
  end,
  ["flow.test"] = function(uri, title)
    terminal({ M.command()[1], "test", vim.uri_to_fname(uri), "--filter", title })
  end,
}
for name, run in pairs(commands) do
  vim.lsp.commands[name] = function(command)
    run(unpack(command.arguments))
  end
end

-- What the server is told that Neovim can do beside the protocol.
function M.options()
  return { commands = vim.tbl_keys(commands) }
end

-- By root, where Neovim does not count them itself (before 0.8).
local clients = {}

-- Starts the server for a buffer, or attaches the buffer to the one of its project that runs.
function M.start(buffer)
  buffer = buffer == 0 and vim.api.nvim_get_current_buf() or buffer
  if vim.api.nvim_buf_get_name(buffer) == "" then
    return
  end
  local command = M.command()
  if vim.fn.executable(command[1]) == 0 then
    vim.notify_once("flow: no command `" .. command[1] .. "`; vim.g.flow_command says where it is", vim.log.levels.WARN)
    return
  end
  local root = M.root(vim.api.nvim_buf_get_name(buffer))
  local config = {
    name = "flow",
    cmd = command,
    root_dir = root,
    init_options = M.options(),
    workspace_folders = { { uri = vim.uri_from_fname(root), name = vim.fn.fnamemodify(root, ":t") } },
  }
  if vim.lsp.start then
    return vim.lsp.start(config, { bufnr = buffer })
  end
  local id = clients[root]
  if not id or not vim.lsp.get_client_by_id(id) then
    id = vim.lsp.start_client(config)
    clients[root] = id
  end
  vim.lsp.buf_attach_client(buffer, id)
  return id
end

-- Paints with tree-sitter if the parser is installed; otherwise `syntax/flow.vim` does.
function M.paint(buffer)
  if vim.treesitter.start then
    return (pcall(vim.treesitter.start, buffer, "flow"))
  end
  return (pcall(function()
    vim.treesitter.highlighter.new(vim.treesitter.get_parser(buffer, "flow"))
  end))
end

-- How far a line is indented: for 'indentexpr'.
function M.indent(number)
  return require("flow_indent")(number)
end

return M

-- What a person does in Neovim, step by step. `editors/neovim/test` starts this.

local project = vim.env.FLOW_PROJECT
vim.g.flow_command = vim.env.FLOW
local steps = 0

local function say(text)
  io.stdout:write(text .. "\n")
end

-- Ends everything with what was expected and what was there.
local function expect(what, found, expected)
  if not vim.deep_equal(found, expected) then
    error(("%s\n  expected: %s\n  found:    %s"):format(what, vim.inspect(expected), vim.inspect(found)), 0)
  end
end

-- Waits until `look` answers with something; it may take a slow machine half a minute.
local function eventually(what, look)
  local found
  local seen = vim.wait(30000, function()
    found = look()
    return found ~= nil and found ~= false
  end, 20)
  if not seen then
    local told = {}
    for _, one in ipairs(vim.diagnostic.get(0)) do
      table.insert(told, ("%d:%d %s"):format(one.lnum + 1, one.col, one.message))
    end
    error(("%s: waited for it in vain\n  the buffer:\n%s\n  its diagnostics: %s"):format(
      what, table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n"), vim.inspect(told)), 0)
  end
  return found
end

local function step(name, run)
  steps = steps + 1
  local done, trouble = xpcall(run, function(trouble)
    return type(trouble) == "string" and trouble or debug.traceback(vim.inspect(trouble))
  end)
  if not done then
    say(("not ok %d - %s\n%s"):format(steps, name, trouble))
    vim.cmd("cquit 1")
  end
  say(("ok %d - %s"):format(steps, name))
end

local function lines(buffer)
  return vim.api.nvim_buf_get_lines(buffer or 0, 0, -1, false)
end

-- Replaces the first of these words in a line (from 1), as if typed; `from` and `to` count bytes.
local function replace(line, words, by)
  local text = lines()[line]
  local at = assert(text:find(words, 1, true), ("line %d has no `%s`: %s"):format(line, words, text))
  vim.api.nvim_buf_set_text(0, line - 1, at - 1, line - 1, at - 1 + #words, { by })
end

-- Puts the cursor on the first of these words in a line (from 1).
local function on(line, words, beyond)
  local text = lines()[line]
  local at = assert(text:find(words, 1, true), ("line %d has no `%s`: %s"):format(line, words, text))
  vim.api.nvim_win_set_cursor(0, { line, at - 1 + (beyond or 0) })
end

local function clients()
  return (vim.lsp.get_clients or vim.lsp.get_active_clients)({ bufnr = 0 })
end

-- Asks the server at the cursor and waits for its answer.
local function ask(method, more)
  local encoding = clients()[1] and clients()[1].offset_encoding or "utf-16"
  local params = vim.tbl_extend("force", vim.lsp.util.make_position_params(0, encoding), more or {})
  local answers = vim.lsp.buf_request_sync(0, method, params, 30000)
  for _, answer in pairs(answers or {}) do
    if answer.err then
      error(method .. ": " .. vim.inspect(answer.err), 0)
    end
    return answer.result
  end
  error(method .. ": no answer", 0)
end

vim.cmd("filetype plugin indent on")
vim.cmd("syntax on")
vim.o.hidden = true
vim.o.swapfile = false

step("a file that ends in .flow is of the type flow, and the server starts", function()
  vim.cmd("edit " .. project .. "/main.flow")
  expect("the type of the file", vim.bo.filetype, "flow")
  expect("how a comment is written", vim.bo.commentstring, "// %s")
  local client = eventually("the server is there", function()
    local client = clients()[1]
    return client and client.server_capabilities and client
  end)
  expect("the root of the project", vim.loop.fs_realpath(client.config.root_dir), vim.loop.fs_realpath(project))
end)

step("a mistake is shown where it is, behind letters of several bytes", function()
  expect("what is told of a right program", vim.diagnostic.get(0), {})
  replace(4, "first_name", "frist_name")
  local told = eventually("the mistake is told", function()
    local told = vim.diagnostic.get(0)
    return #told > 0 and told
  end)
  expect("how many are told", #told, 1)
  local at = lines()[4]:find("frist_name", 1, true) - 1
  expect("line, first byte and last", { told[1].lnum, told[1].col, told[1].end_col }, { 3, at, at + #"frist_name" })
  expect("its code", told[1].code or (told[1].user_data and told[1].user_data.lsp.code), "E0102")
  expect("its words name it", told[1].message:find("frist_name", 1, true) ~= nil, true)
end)

step("a code action mends it", function()
  on(4, "frist_name")
  -- Whatever is offered first is taken.
  local offered
  vim.ui.select = function(items, _, choose)
    offered = items
    choose(items[1], 1)
  end
  vim.lsp.buf.code_action()
  eventually("the text is mended (offered: " .. vim.inspect(offered) .. ")", function()
    return lines()[4]:find("{{contact.first_name ??", 1, true)
  end)
end)

step("what is mended is told no more", function()
  eventually("nothing is told", function()
    return #vim.diagnostic.get(0) == 0
  end)
end)

step("hover says what a name is", function()
  on(4, "first_name")
  vim.lsp.buf.hover()
  local text = eventually("a window with words", function()
    for _, window in ipairs(vim.api.nvim_list_wins()) do
      if vim.api.nvim_win_get_config(window).relative ~= "" then
        local text = table.concat(lines(vim.api.nvim_win_get_buf(window)), "\n")
        vim.api.nvim_win_close(window, true)
        return text
      end
    end
  end)
  expect("it says the name and its type: " .. text, text:find("first_name: Text?", 1, true) ~= nil, true)
end)

step("completion offers what fits behind a dot", function()
  on(4, "first_name")
  local result = ask("textDocument/completion")
  local offered = {}
  for _, item in ipairs(result.items or result) do
    offered[item.label] = true
  end
  for _, label in ipairs({ "first_name", "email", "add_note" }) do
    expect(label .. " is among " .. vim.inspect(vim.tbl_keys(offered)), offered[label], true)
  end
  expect("what does not fit is not offered", offered["say"], nil)
end)

step("go to definition leads into the other file", function()
  on(5, "thank")
  vim.lsp.buf.definition()
  eventually("the other file", function()
    return vim.api.nvim_buf_get_name(0):match("helper%.flow$")
  end)
  expect("the cursor", vim.api.nvim_win_get_cursor(0), { 2, 5 })
end)

step("another name, in every file", function()
  vim.lsp.buf.rename("say_thanks")
  eventually("here", function()
    return lines()[2] == "flow say_thanks(contact: Contact) {" and lines()[6]:find("{ say_thanks(contact) }", 1, true)
  end)
  local main = vim.fn.bufnr(project .. "/main.flow")
  eventually("there", function()
    return lines(main)[5] == "    helper.say_thanks(contact)"
  end)
  vim.cmd("silent wall")
  vim.cmd("edit " .. project .. "/main.flow")
  eventually("nothing is told of it", function()
    return #vim.diagnostic.get(nil) == 0
  end)
end)

step("the layout is that of flow fmt", function()
  replace(3, "    let contact = conversation", "let   contact=conversation")
  local laid_out = "    let contact = conversation.contact"
  if vim.lsp.buf.format then
    vim.lsp.buf.format({ timeout_ms = 30000 })
  else
    vim.lsp.buf.formatting_sync(nil, 30000)
  end
  expect("line 3", lines()[3], laid_out)
  expect("line 4 is as it was", lines()[4], '    say "é😀 {{contact.first_name ?? "you"}}"')
end)

step("lines are indented as they are laid out", function()
  for _, path in ipairs(vim.fn.glob(vim.env.FLOW_EXAMPLES .. "/*.flow", true, true)) do
    local expected = vim.fn.readfile(path)
    local bare, block = {}, false
    for _, line in ipairs(expected) do
      table.insert(bare, block and line or (line:gsub("^%s+", "")))
      -- What stands in a block of text stays as it is.
      local _, marks = line:gsub('"""', "")
      block = block ~= (marks % 2 == 1)
    end
    vim.cmd("new")
    vim.bo.filetype = "flow"
    vim.api.nvim_buf_set_lines(0, 0, -1, false, bare)
    vim.cmd("silent normal! gg=G")
    for number, line in ipairs(lines()) do
      expect(path .. ": line " .. number, line, expected[number])
    end
    vim.cmd("bwipeout!")
  end
end)

step("the syntax file knows the words", function()
  if vim.treesitter.stop then
    pcall(vim.treesitter.stop, 0)
  end
  vim.bo.syntax = "flow"
  local group = vim.fn.synIDattr(vim.fn.synID(2, 1, 1), "name")
  expect("the first word of line 2", group, "flowDeclaration")
end)

local has_parser = #vim.api.nvim_get_runtime_file("parser/flow.so", false) > 0
if has_parser then
  step("tree-sitter reads it and paints it", function()
    local parser = vim.treesitter.get_parser(0, "flow")
    local root = parser:parse()[1]:root()
    expect("errors in the tree: " .. root:sexpr(), root:has_error(), false)
    local get = vim.treesitter.query and vim.treesitter.query.get or vim.treesitter.get_query
      or require("vim.treesitter.query").get_query
    local query = assert(get("flow", "highlights"), "no query of highlights was found")
    local caught = {}
    for id, node in query:iter_captures(root, 0, 0, -1) do
      local line, from, _, to = node:range()
      if line == 3 then
        table.insert(caught, { query.captures[id], lines()[4]:sub(from + 1, to) })
      end
    end
    expect("what is caught first in line 4", vim.list_slice(caught, 1, 4), {
      { "keyword", "say" }, { "string", '"' }, { "string", "é😀 " }, { "punctuation.special", "{{" },
    })
    expect("the file type's plugin can paint with it", require("flow").paint(0), true)
  end)
end

if has_parser and vim.treesitter.foldexpr then
  step("tree-sitter folds what stands between brackets", function()
    vim.treesitter.start(0, "flow")
    vim.wo.foldmethod = "expr"
    vim.wo.foldexpr = "v:lua.vim.treesitter.foldexpr()"
    eventually("line 3 is in a fold, line 1 is not", function()
      vim.cmd("silent normal! zx")
      return vim.fn.foldlevel(3) == 1 and vim.fn.foldlevel(1) == 0
    end)
    vim.wo.foldmethod = "manual"
    vim.cmd("silent normal! zE")
  end)
end

step("a flow is run from the line above it", function()
  vim.cmd("silent write")
  vim.lsp.codelens.refresh()
  local lenses = eventually("something stands above the flow", function()
    local lenses = vim.lsp.codelens.get(0)
    return #lenses > 0 and lenses
  end)
  expect("what stands there", lenses[1].command.title, "Run")
  on(2, "greet")
  vim.lsp.codelens.run()
  eventually("it is said in the terminal", function()
    return vim.bo.buftype == "terminal" and table.concat(lines(), "\n"):find("é😀 you", 1, true)
  end)
  vim.cmd("bwipeout!")
end)

step("the server ends with the editor", function()
  local id = clients()[1].id
  -- What is typed last is kept back for a moment, and comes behind the farewell.
  replace(3, "contact", "contact_")
  vim.lsp.stop_client(id)
  eventually("it has gone", function()
    return vim.lsp.get_client_by_id(id) == nil
  end)
  vim.wait(300)
  expect("complaints", vim.fn.execute("messages"):match("[^\n]*quit with exit code[^\n]*"), nil)
  replace(3, "contact_", "contact")
end)

if vim.lsp.enable then
  step("vim.lsp.enable starts it, and only one", function()
    vim.lsp.enable("flow")
    vim.cmd("%bwipeout!")
    vim.cmd("edit " .. project .. "/main.flow")
    eventually("the server is there", function()
      return clients()[1] and clients()[1].initialized
    end)
    replace(4, "first_name", "frist_name")
    eventually("the mistake is told", function()
      return #vim.diagnostic.get(0) == 1
    end)
    expect("how many servers there are", #clients(), 1)
  end)
end

say(("1..%d, Neovim %s"):format(steps, tostring(vim.version().major .. "." .. vim.version().minor .. "." .. vim.version().patch)))
vim.cmd("qall!")

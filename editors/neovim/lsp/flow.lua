-- For `vim.lsp.enable("flow")` of Neovim 0.11 and newer. The file type's plugin starts the same by itself; of two with one
-- root Neovim keeps one.
local flow = require("flow")

return {
  cmd = flow.command(),
  init_options = flow.options(),
  filetypes = { "flow" },
  root_dir = function(buffer, found)
    found(flow.root(vim.api.nvim_buf_get_name(buffer)))
  end,
}

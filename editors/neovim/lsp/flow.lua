-- For `vim.lsp.enable("flow")` of Neovim 0.11 and newer, in the place of what the file type's plugin starts by itself.
return {
  cmd = require("flow").command(),
  filetypes = { "flow" },
  root_markers = { "flow.toml" },
}

--- What `vim.lsp.enable("diffgemma")` starts. Every key can be set anew with `vim.lsp.config("diffgemma", {...})`.
---@type vim.lsp.Config
return {
  cmd = { "diffgemma-lsp" },
  root_markers = { ".git" },
  init_options = { drafts = true },
  handlers = {
    -- The messages say who speaks; Neovim's own handler would say so twice.
    ["window/showMessage"] = function(_, params)
      require("diffgemma.server").hear(params)
    end,
    ["diffgemma/draft"] = function(_, params, context)
      require("diffgemma.drafts").receive(params, context)
    end,
    didChangeStatus = function(_, params, context)
      require("diffgemma.status").receive(params, context)
    end,
  },
}

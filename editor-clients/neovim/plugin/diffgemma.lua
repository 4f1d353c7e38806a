-- The command, the <Plug> mappings, and what happens when the server attaches; nothing else is loaded before that.
if vim.g.loaded_diffgemma then
  return
end
vim.g.loaded_diffgemma = true

if vim.fn.has("nvim-0.11") == 0 then
  vim.notify("diffgemma needs Neovim 0.12 (0.11 does without suggestions while typing)", vim.log.levels.WARN)
  return
end

vim.api.nvim_create_user_command("Diffgemma", function(call)
  require("diffgemma.command").run(call)
end, {
  desc = "Fill code with diffgemma",
  nargs = "*",
  range = true,
  complete = function(...)
    return require("diffgemma.command").complete(...)
  end,
})

---@param modes string[]
---@param name string
---@param action string what to call of require("diffgemma")
---@param description string
local function plug(modes, name, action, description)
  local keys = ("<Plug>(diffgemma-%s)"):format(name)
  vim.keymap.set(modes, keys, ("<Cmd>lua require('diffgemma').%s()<CR>"):format(action), { desc = description })
end

plug({ "i" }, "suggest", "suggest", "Ask for suggestions here")
plug({ "i", "n" }, "accept", "accept", "Accept the suggestion or the rewrite")
plug({ "i" }, "accept-word", "accept_word", "Accept the next word of the suggestion")
plug({ "i" }, "accept-line", "accept_line", "Accept the next line of the suggestion")
plug({ "i" }, "next", "next", "Show the next suggestion")
plug({ "i" }, "previous", "previous", "Show the suggestion before")
plug({ "n", "i", "x" }, "fill", "fill", "Fill in code at the cursor, or in the selection's place")
plug({ "n", "i" }, "holes", "holes", "Fill every <|fill|> of the buffer")
plug({ "n", "x" }, "rewrite", "ask_rewrite", "Rewrite the line or the selection")
plug({ "n" }, "reject", "reject", "Reject the rewrite")
plug({ "n", "i" }, "cancel", "cancel", "Call off what runs in the buffer")

local group = vim.api.nvim_create_augroup("diffgemma", {})
vim.api.nvim_create_autocmd("LspAttach", {
  group = group,
  desc = "Suggest while typing",
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if client and client.name == "diffgemma" then
      require("diffgemma.attach").attach(client, event.buf)
    end
  end,
})

--- What Neovim's inline completion does, but offers nobody: asking at once, and dropping what no longer fits.
--- All use of what is private to Neovim stands here; without it, suggestions come and go only by themselves.
local M = {}

---@class diffgemma.Completor
---@field current? vim.lsp.inline_completion.Item
---@field request fun(self: diffgemma.Completor, kind: lsp.InlineCompletionTriggerKind)
---@field reset_timer fun(self: diffgemma.Completor)
---@field hide fun(self: diffgemma.Completor)
---@field show fun(self: diffgemma.Completor)
---@field automatic_request fun(self: diffgemma.Completor)

---@return table?
local function capability()
  local found, capabilities = pcall(require, "vim.lsp._capability")
  return found and capabilities.all and capabilities.all.inline_completion or nil
end

---@param bufnr integer
---@return diffgemma.Completor?
local function completor(bufnr)
  local prototype = capability()
  return prototype and prototype.active[bufnr]
end

--- Say whether this Neovim has what is used here.
---@return boolean
function M.is_known()
  local prototype = capability()
  return prototype ~= nil
    and vim.iter({ "request", "reset_timer", "hide", "show", "automatic_request" }):all(function(name)
      return vim.is_callable(prototype[name])
    end)
end

--- Say whether suggestions can be asked for in a buffer.
---@param bufnr integer
---@return boolean
function M.is_active(bufnr)
  return M.is_known() and completor(bufnr) ~= nil
end

--- Ask for suggestions now, and not once more in a moment, which would supersede this.
---@param bufnr integer
---@param kind lsp.InlineCompletionTriggerKind
function M.request(bufnr, kind)
  local asked = M.is_known() and completor(bufnr)
  if asked then
    asked:reset_timer()
    asked:request(kind)
  end
end

--- Never ask by yourself.
---@param bufnr integer
function M.hush(bufnr)
  local hushed = M.is_known() and completor(bufnr)
  if hushed then
    hushed.automatic_request = hushed.show
  end
end

--- Do not ask by yourself before the next key.
---@param bufnr integer
function M.hold(bufnr)
  local held = M.is_known() and completor(bufnr)
  if held then
    held:reset_timer()
  end
end

--- Return the suggestion that is on the screen.
---@param bufnr integer
---@return vim.lsp.inline_completion.Item?
function M.current(bufnr)
  local shown = completor(bufnr)
  return shown and shown.current
end

--- Take the suggestion off the screen; what was asked for meanwhile still comes.
---@param bufnr integer
function M.drop(bufnr)
  local shown = M.is_known() and completor(bufnr)
  if shown then
    shown.current = nil
    shown:hide()
  end
end

return M

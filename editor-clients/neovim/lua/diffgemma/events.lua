--- `User` autocommands: DiffgemmaStatus, DiffgemmaStart, DiffgemmaPreview and DiffgemmaEnd.
local M = {}

---@param name "Status"|"Start"|"Preview"|"End"
---@param data table
function M.fire(name, data)
  vim.api.nvim_exec_autocmds("User", { pattern = "Diffgemma" .. name, modeline = false, data = data })
  vim.cmd.redrawstatus({ bang = true })
end

return M

--- `<Esc>` while something runs: it calls that off, and means again what it did before once nothing runs.
local M = {}

local MODES = { "n", "i", "x" }
---@type table<integer, table<string, table>> mappings of the buffer that were there before, by buffer and mode
local kept = {}

--- Take `<Esc>` in a buffer.
---@param bufnr integer
function M.hold(bufnr)
  if kept[bufnr] then
    return
  end
  kept[bufnr] = {}
  vim.api.nvim_buf_call(bufnr, function()
    for _, mode in ipairs(MODES) do
      local before = vim.fn.maparg("<Esc>", mode, false, true)
      kept[bufnr][mode] = before.buffer == 1 and before or nil
      vim.keymap.set(mode, "<Esc>", function()
        require("diffgemma.tasks").cancel(bufnr)
      end, { buffer = bufnr, nowait = true, desc = "Call off what diffgemma fills" })
    end
  end)
end

--- Give `<Esc>` back.
---@param bufnr integer
function M.release(bufnr)
  local before = kept[bufnr]
  kept[bufnr] = nil
  if not before or not vim.api.nvim_buf_is_valid(bufnr) then
    return
  end
  vim.api.nvim_buf_call(bufnr, function()
    for _, mode in ipairs(MODES) do
      -- The user may have mapped it meanwhile, or removed ours.
      pcall(vim.keymap.del, mode, "<Esc>", { buffer = bufnr })
      if before[mode] then
        vim.fn.mapset(mode, false, before[mode])
      end
    end
  end)
end

return M

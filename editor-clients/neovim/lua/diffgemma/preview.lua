--- A rewrite as a difference in its place, until it is accepted or rejected; the buffer stays as it is meanwhile.
local events = require("diffgemma.events")
local server = require("diffgemma.server")

local M = {}

---@class diffgemma.Preview
---@field edits lsp.TextEdit[]
---@field version integer
---@field encoding "utf-8"|"utf-16"|"utf-32"

local HINT = { { "  :Diffgemma accept or reject", "Comment" } }
local namespace = vim.api.nvim_create_namespace("diffgemma.preview")
---@type table<integer, diffgemma.Preview> by buffer
local open = {}

---@param bufnr integer
---@param edits lsp.TextEdit[]
---@param encoding "utf-8"|"utf-16"|"utf-32"
---@return string[], string[] lines before and after
local function both(bufnr, edits, encoding)
  local before = vim.api.nvim_buf_get_lines(bufnr, 0, -1, false)
  local scratch = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(scratch, 0, -1, false, before)
  -- Neovim sorts and marks the edits that it is given.
  vim.lsp.util.apply_text_edits(vim.deepcopy(edits), scratch, encoding)
  local after = vim.api.nvim_buf_get_lines(scratch, 0, -1, false)
  vim.api.nvim_buf_delete(scratch, { force = true })
  return before, after
end

---@param bufnr integer
---@param lines string[]
---@return [string, string][][]
local function added(bufnr, lines)
  local tab = (" "):rep(vim.bo[bufnr].tabstop)
  return vim.tbl_map(function(line)
    return { { line == "" and " " or line:gsub("\t", tab), "DiffgemmaAdded" } }
  end, lines)
end

--- Have windows that begin with the first line show what stands above it, too.
---@param bufnr integer
---@param count integer lines
local function uncover(bufnr, count)
  for _, window in ipairs(vim.fn.win_findbuf(bufnr)) do
    vim.api.nvim_win_call(window, function()
      if vim.fn.line("w0") == 1 then
        vim.fn.winrestview({ topfill = count })
      end
    end)
  end
end

---@param bufnr integer
---@param edits lsp.TextEdit[]
---@param encoding "utf-8"|"utf-16"|"utf-32"
local function draw(bufnr, edits, encoding)
  local before, after = both(bufnr, edits, encoding)
  local function joined(lines)
    return table.concat(lines, "\n") .. "\n"
  end
  local diff = vim.text.diff or vim.diff
  for number, hunk in ipairs(diff(joined(before), joined(after), { result_type = "indices" })) do
    local old, old_count, new, new_count = unpack(hunk)
    for row = old - 1, old + old_count - 2 do
      vim.api.nvim_buf_set_extmark(bufnr, namespace, row, 0, { line_hl_group = "DiffgemmaRemoved" })
    end
    -- Without old lines, `old` is the line before the new ones, and 0 before the first.
    local row = old_count > 0 and old + old_count - 2 or old - 1
    vim.api.nvim_buf_set_extmark(bufnr, namespace, math.max(row, 0), 0, {
      virt_lines = added(bufnr, vim.list_slice(after, new, new + new_count - 1)),
      virt_lines_above = row < 0,
      virt_text = number == 1 and HINT or nil,
    })
    if row < 0 then
      uncover(bufnr, new_count)
    end
  end
end

---@param bufnr integer
---@return diffgemma.Preview?
local function close(bufnr)
  local preview = open[bufnr]
  open[bufnr] = nil
  if preview and vim.api.nvim_buf_is_valid(bufnr) then
    vim.api.nvim_buf_clear_namespace(bufnr, namespace, 0, -1)
  end
  return preview
end

--- Show edits of a buffer. A change of its text takes them away.
---@param bufnr integer
---@param edits lsp.TextEdit[]
---@param version integer
---@param encoding "utf-8"|"utf-16"|"utf-32"
function M.show(bufnr, edits, version, encoding)
  close(bufnr)
  open[bufnr] = { edits = edits, version = version, encoding = encoding }
  draw(bufnr, edits, encoding)
  vim.api.nvim_buf_attach(bufnr, false, {
    on_lines = function(_, _, _, first, last, new_last)
      if not open[bufnr] or open[bufnr].version ~= version then
        return true
      end
      -- Undoing back to the same text counts as a change, too: the server's version of it is another.
      if first ~= last or last ~= new_last then
        vim.schedule(function()
          if close(bufnr) then
            server.tell("diffgemma: the text changed, so the rewrite is gone; ask again")
          end
        end)
        return true
      end
    end,
    on_detach = function()
      close(bufnr)
    end,
  })
  events.fire("Preview", { buf = bufnr })
end

--- Put the rewrite that is shown into the buffer, in one undo step. Returns whether there was one.
---@param bufnr integer 0 is the current one
---@return boolean
function M.accept(bufnr)
  bufnr = bufnr == 0 and vim.api.nvim_get_current_buf() or bufnr
  local preview = close(bufnr)
  if preview then
    require("diffgemma.fill").apply(bufnr, preview.edits, preview.version, preview.encoding)
  end
  return preview ~= nil
end

--- Take the rewrite that is shown away. Returns whether there was one.
---@param bufnr integer 0 is the current one
---@return boolean
function M.reject(bufnr)
  return close(bufnr == 0 and vim.api.nvim_get_current_buf() or bufnr) ~= nil
end

return M

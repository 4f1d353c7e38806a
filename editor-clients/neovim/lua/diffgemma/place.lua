--- Places in a buffer, as bytes: what a command, a selection or the cursor means.
local M = {}

---@class diffgemma.Place
---@field bufnr integer
---@field start_row integer from 0
---@field start_col integer bytes
---@field end_row integer
---@field end_col integer bytes, not included

---@param bufnr integer
---@param row integer
---@return string
local function line_at(bufnr, row)
  return vim.api.nvim_buf_get_lines(bufnr, row, row + 1, false)[1] or ""
end

--- Return whole lines, without the end of the last one.
---@param first integer from 0
---@param last integer
---@return diffgemma.Place
local function lines(first, last)
  local bufnr = vim.api.nvim_get_current_buf()
  local place = { bufnr = bufnr, start_row = first, start_col = 0, end_row = last, end_col = #line_at(bufnr, last) }
  return place
end

---@param mode string v, V or Ctrl-V; a block means its lines
---@param from integer[] as getpos() gives it
---@param to integer[]
---@return diffgemma.Place
local function selected(mode, from, to)
  local first, last = math.min(from[2], to[2]) - 1, math.max(from[2], to[2]) - 1
  local place = lines(first, last)
  if mode == "v" then
    local segments = vim.fn.getregionpos(from, to, { type = mode, exclusive = false })
    place.start_col = math.max(0, segments[1][1][3] - 1)
    place.end_col = math.min(place.end_col, segments[#segments][2][3])
  end
  return place
end

--- Return where the cursor is. At the end of a line, blanks before it belong to what stands there already.
---@return diffgemma.Place
function M.cursor()
  local bufnr = vim.api.nvim_get_current_buf()
  local row, col = unpack(vim.api.nvim_win_get_cursor(0))
  local line = line_at(bufnr, row - 1)
  -- In normal mode the cursor cannot stand behind the last character.
  if vim.api.nvim_get_mode().mode:match("^n") and line:sub(col + 1):match("^%s*$") then
    col = #line
  end
  return { bufnr = bufnr, start_row = row - 1, start_col = col, end_row = row - 1, end_col = col }
end

--- Return the selection and leave visual mode; nil outside of it.
---@return diffgemma.Place?
local function visual()
  local mode = vim.api.nvim_get_mode().mode:sub(1, 1)
  if mode ~= "v" and mode ~= "V" and mode ~= "\22" then
    return nil
  end
  local place = selected(mode, vim.fn.getpos("v"), vim.fn.getpos("."))
  vim.api.nvim_feedkeys(vim.keycode("<Esc>"), "nx", false)
  return place
end

--- Return the selection, or the cursor.
---@return diffgemma.Place
function M.here()
  return visual() or M.cursor()
end

--- Return the selection, or the cursor's line.
---@return diffgemma.Place
function M.selection()
  local row = vim.api.nvim_win_get_cursor(0)[1] - 1
  return visual() or lines(row, row)
end

--- Return the lines of a command's range; the selection, where that is what the range came from.
---@param call vim.api.keyset.create_user_command.command_args
---@return diffgemma.Place
function M.range(call)
  local from, to = vim.fn.getpos("'<"), vim.fn.getpos("'>")
  if call.range == 2 and call.line1 == from[2] and call.line2 == to[2] then
    return selected(vim.fn.visualmode(), from, to)
  end
  return lines(call.line1 - 1, call.line2 - 1)
end

--- Return a place as the server counts it.
---@param place diffgemma.Place
---@param encoding "utf-8"|"utf-16"|"utf-32"
---@return lsp.Range
function M.to_lsp(place, encoding)
  local function position(row, col)
    return { line = row, character = vim.str_utfindex(line_at(place.bufnr, row), encoding, col, false) }
  end
  return { start = position(place.start_row, place.start_col), ["end"] = position(place.end_row, place.end_col) }
end

--- Return a place of the server as bytes, cut to what the buffer holds.
---@param bufnr integer
---@param range lsp.Range
---@param encoding "utf-8"|"utf-16"|"utf-32"
---@return diffgemma.Place
function M.of_lsp(bufnr, range, encoding)
  local last = vim.api.nvim_buf_line_count(bufnr) - 1
  local function bytes(position)
    local row = math.min(position.line, last)
    return row, vim.str_byteindex(line_at(bufnr, row), encoding, position.character, false)
  end
  local start_row, start_col = bytes(range.start)
  local end_row, end_col = bytes(range["end"])
  return { bufnr = bufnr, start_row = start_row, start_col = start_col, end_row = end_row, end_col = end_col }
end

return M

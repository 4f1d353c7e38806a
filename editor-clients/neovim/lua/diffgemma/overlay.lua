--- Virtual text in the place of buffer text, which stays as it is.
local M = {}

---@alias diffgemma.Chunk [string, string] text without line ends, and its highlight group
---@alias diffgemma.Line diffgemma.Chunk[]

--- Return text of several groups as lines of chunks. Tabs become blanks: virtual text has no tab stops.
---@param spans diffgemma.Chunk[] texts may hold line ends
---@param tab_width integer
---@return diffgemma.Line[]
function M.lines(spans, tab_width)
  local lines = { {} }
  for _, span in ipairs(spans) do
    for number, text in ipairs(vim.split(span[1], "\n", { plain = true })) do
      if number > 1 then
        table.insert(lines, {})
      end
      if text ~= "" then
        table.insert(lines[#lines], { (text:gsub("\t", (" "):rep(tab_width))), span[2] })
      end
    end
  end
  return lines
end

--- Return a line cut after `width` cells, the first part filled up with blanks.
---@param line diffgemma.Line
---@param width integer
---@return diffgemma.Line, diffgemma.Line
local function cut(line, width)
  local first, rest, room = {}, {}, width
  for _, chunk in ipairs(line) do
    local kept, over = "", ""
    for _, character in ipairs(vim.fn.split(chunk[1], [[\zs]])) do
      local cells = vim.api.nvim_strwidth(character)
      if over == "" and #rest == 0 and cells <= room then
        kept, room = kept .. character, room - cells
      else
        over = over .. character
      end
    end
    table.insert(first, { kept, chunk[2] })
    if over ~= "" then
      table.insert(rest, { over, chunk[2] })
    end
  end
  table.insert(first, { (" "):rep(room), "Normal" })
  return first, rest
end

--- Show lines in the place of a part of a buffer. Returns the ids of the marks.
---@param namespace integer
---@param place diffgemma.Place
---@param lines diffgemma.Line[]
---@return integer[]
function M.show(namespace, place, lines)
  local ids = {}
  local function mark(row, col, options)
    table.insert(ids, vim.api.nvim_buf_set_extmark(place.bufnr, namespace, row, col, options))
  end
  for row = place.start_row, place.end_row do
    local text = vim.api.nvim_buf_get_lines(place.bufnr, row, row + 1, false)[1] or ""
    local from = row == place.start_row and place.start_col or 0
    local to = row == place.end_row and place.end_col or #text
    local before = vim.fn.strdisplaywidth(text:sub(1, from))
    local over, rest =
      cut(lines[row - place.start_row + 1] or {}, vim.fn.strdisplaywidth(text:sub(from + 1, to), before))
    if to > from then
      mark(row, from, { virt_text = over, virt_text_pos = "overlay", hl_mode = "replace" })
    end
    if #rest > 0 then
      mark(row, to, { virt_text = rest, virt_text_pos = "inline", hl_mode = "combine" })
    end
  end
  local below = vim.list_slice(lines, place.end_row - place.start_row + 2)
  if #below > 0 then
    mark(place.end_row, 0, { virt_lines = below })
  end
  return ids
end

return M

--- `diffgemma/draft`: the canvas while it settles, shown where the text will stand.
local overlay = require("diffgemma.overlay")
local shades = require("diffgemma.shades")

local M = {}

---@class diffgemma.Span
---@field text string
---@field confidence number 0 to 1
---@field isSettled boolean

---@class diffgemma.Hole
---@field range lsp.Range
---@field text string
---@field spans diffgemma.Span[]

---@class diffgemma.Draft
---@field taskId string
---@field purpose "completion"|"fill"|"fillHoles"|"rewrite"
---@field textDocument { uri: string, version: integer }
---@field step? integer from 0
---@field maxSteps? integer
---@field holes? diffgemma.Hole[]
---@field done? "filled"|"cancelled"|"superseded"|"failed"

---@class diffgemma.Shown
---@field bufnr integer
---@field ids integer[]
---@field draft diffgemma.Draft

local namespace = vim.api.nvim_create_namespace("diffgemma.draft")
---@type table<string, diffgemma.Shown> by client and task
local shown = {}

---@param key string
local function clear(key)
  local drawn = shown[key]
  shown[key] = nil
  if drawn and vim.api.nvim_buf_is_valid(drawn.bufnr) then
    for _, id in ipairs(drawn.ids) do
      vim.api.nvim_buf_del_extmark(drawn.bufnr, namespace, id)
    end
    vim.cmd.redrawstatus({ bang = true })
  end
end

--- Take the drafts of a buffer off the screen.
---@param bufnr integer
function M.clear(bufnr)
  for key, drawn in pairs(shown) do
    if drawn.bufnr == bufnr then
      clear(key)
    end
  end
end

--- Return the latest draft that is on the screen of a buffer.
---@param bufnr integer
---@return diffgemma.Draft?
function M.latest(bufnr)
  for _, drawn in pairs(shown) do
    if drawn.bufnr == bufnr then
      return drawn.draft
    end
  end
end

--- Nobody asked for what is suggested while typing, so nobody wants to see it flicker.
---@param bufnr integer
---@param draft diffgemma.Draft
---@return boolean
local function is_wanted(bufnr, draft)
  if draft.textDocument.version ~= vim.lsp.util.buf_versions[bufnr] then
    return false
  end
  if draft.purpose == "completion" then
    return require("diffgemma.suggestion").is_asked(bufnr)
  end
  return require("diffgemma.tasks").is_running(bufnr)
end

---@param bufnr integer
---@param draft diffgemma.Draft
---@param encoding "utf-8"|"utf-16"|"utf-32"
---@return integer[]
local function draw(bufnr, draft, encoding)
  local ids = {}
  for _, hole in ipairs(draft.holes) do
    local spans = vim.tbl_map(function(span)
      return { span.text, shades.group(span.confidence, span.isSettled) }
    end, hole.spans)
    local lines = overlay.lines(spans, vim.bo[bufnr].tabstop)
    local place = require("diffgemma.place").of_lsp(bufnr, hole.range, encoding)
    vim.list_extend(ids, overlay.show(namespace, place, lines))
  end
  return ids
end

--- Show a draft in the place of the one before; the last message of a task takes it away.
---@param draft diffgemma.Draft
---@param context lsp.HandlerContext
function M.receive(draft, context)
  local client = vim.lsp.get_client_by_id(context.client_id)
  local bufnr = vim.uri_to_bufnr(draft.textDocument.uri)
  local key = context.client_id .. " " .. draft.taskId
  clear(key)
  if not client or draft.done or not vim.api.nvim_buf_is_loaded(bufnr) or not is_wanted(bufnr, draft) then
    return
  end
  shown[key] = { bufnr = bufnr, ids = draw(bufnr, draft, client.offset_encoding), draft = draft }
  vim.cmd.redrawstatus({ bang = true })
end

return M

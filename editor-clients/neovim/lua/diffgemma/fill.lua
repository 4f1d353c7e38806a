--- Fills and rewrites that were asked for: from a place to an edit of the buffer.
local place = require("diffgemma.place")
local server = require("diffgemma.server")
local tasks = require("diffgemma.tasks")

local M = {}

local STALE = "diffgemma: the text changed while it was being filled, so nothing was edited; ask again"

--- Change a buffer in one undo step. Returns whether the edits are of the text that is there.
---@param bufnr integer
---@param edits lsp.TextEdit[]
---@param version integer
---@param encoding "utf-8"|"utf-16"|"utf-32"
---@return boolean
function M.apply(bufnr, edits, version, encoding)
  if not vim.api.nvim_buf_is_loaded(bufnr) or version ~= vim.lsp.util.buf_versions[bufnr] then
    server.tell(STALE)
    return false
  end
  if not vim.bo[bufnr].modifiable then
    server.tell("diffgemma: this buffer cannot be changed; :set modifiable, and ask again")
    return false
  end
  vim.api.nvim_buf_call(bufnr, function()
    -- Setting the option ends the undo step of what is being typed.
    vim.bo.undolevels = vim.bo.undolevels
  end)
  vim.lsp.util.apply_text_edits(edits, bufnr, encoding)
  return true
end

---@param bufnr integer
---@param command "diffgemma.fill"|"diffgemma.fillHoles"
---@param argument table
---@param client vim.lsp.Client
local function fill(bufnr, command, argument, client)
  tasks.start(client, bufnr, command, argument, function(edits, version)
    M.apply(bufnr, edits, version, client.offset_encoding)
  end)
end

--- Fill in code at a place, instead of what stands there.
---@param where diffgemma.Place
function M.fill(where)
  local client = server.need(where.bufnr)
  if client then
    fill(where.bufnr, "diffgemma.fill", { range = place.to_lsp(where, client.offset_encoding) }, client)
  end
end

--- Fill every `<|fill|>` of the current buffer, all at once.
function M.holes()
  local bufnr = vim.api.nvim_get_current_buf()
  local client = server.need(bufnr)
  if client then
    fill(bufnr, "diffgemma.fillHoles", {}, client)
  end
end

--- Rewrite a place, and show the difference until it is accepted or rejected.
---@param where diffgemma.Place
---@param instruction? string
function M.rewrite(where, instruction)
  local client = server.need(where.bufnr)
  if not client then
    return
  end
  local preview = require("diffgemma.preview")
  preview.reject(where.bufnr)
  local argument = { range = place.to_lsp(where, client.offset_encoding) }
  argument.instruction = instruction ~= "" and instruction or nil
  tasks.start(client, where.bufnr, "diffgemma.rewrite", argument, function(edits, version)
    if vim.api.nvim_buf_is_loaded(where.bufnr) and version == vim.lsp.util.buf_versions[where.bufnr] then
      preview.show(where.bufnr, edits, version, client.offset_encoding)
    else
      server.tell(STALE)
    end
  end)
end

return M

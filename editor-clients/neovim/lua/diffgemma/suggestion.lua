--- Suggestions at the cursor: Neovim shows them, and this accepts them, by parts too, and asks for more.
local answers = require("diffgemma.answers")
local drafts = require("diffgemma.drafts")
local native = require("diffgemma.native")
local server = require("diffgemma.server")

local M = {}

---@alias diffgemma.Part "all"|"word"|"line"

-- How a part begins: blanks and a word or signs; a line end and a line.
local PARTS = { word = [[^\_s*\%(\k\+\|\%(\k\@!\S\)\+\)\?]], line = [[^\n\?[^\n]*]] }
---@type table<integer, string> where the user waits for a suggestion, by buffer
local waiting = {}

---@param bufnr integer
---@return string equal as long as neither text nor cursor has changed
local function spot(bufnr)
  return table.concat({ vim.api.nvim_buf_get_changedtick(bufnr), unpack(vim.api.nvim_win_get_cursor(0)) }, " ")
end

--- Say whether somebody waits for a suggestion in a buffer.
---@param bufnr integer
---@return boolean
function M.is_asked(bufnr)
  return waiting[bufnr] ~= nil
end

---@param bufnr integer
local function stop_waiting(bufnr)
  if not waiting[bufnr] then
    return
  end
  waiting[bufnr] = nil
  if not require("diffgemma.tasks").is_running(bufnr) then
    drafts.clear(bufnr)
  end
  vim.cmd.redrawstatus({ bang = true })
end

--- Take away what no longer fits what was typed; Neovim would go on to show it until the next answer.
---@param bufnr integer
local function tidy(bufnr)
  local item = native.current(bufnr)
  if item and type(item.insert_text) == "string" then
    local rest = answers.rest(bufnr, item.insert_text)
    if not rest or rest == "" then
      native.drop(bufnr)
    end
  end
end

--- Suggest in a buffer from now on, while typing or only where it is asked for.
---@param bufnr integer
---@param while_typing boolean
function M.enable(bufnr, while_typing)
  vim.lsp.inline_completion.enable(true, { bufnr = bufnr })
  if not while_typing then
    native.hush(bufnr)
  end
  local group = vim.api.nvim_create_augroup("diffgemma.suggestion." .. bufnr, {})
  -- Created after Neovim's own, so that it runs after it.
  vim.api.nvim_create_autocmd({ "CursorMovedI", "TextChangedI", "TextChangedP" }, {
    group = group,
    buffer = bufnr,
    desc = "Take away what no longer fits",
    callback = function()
      tidy(bufnr)
      -- The key that asked may itself be the first one of insert mode, which makes Neovim ask, too.
      if waiting[bufnr] == spot(bufnr) then
        native.hold(bufnr)
      else
        stop_waiting(bufnr)
      end
    end,
  })
  vim.api.nvim_create_autocmd("InsertLeave", {
    group = group,
    buffer = bufnr,
    desc = "Take away the draft of a suggestion",
    callback = function()
      stop_waiting(bufnr)
    end,
  })
end

--- Hear that the server has answered; what it was asked while typing ends nobody's wait.
---@param bufnr integer
---@param kind lsp.InlineCompletionTriggerKind
function M.on_answer(bufnr, kind)
  if kind == vim.lsp.protocol.InlineCompletionTriggerKind.Invoked then
    stop_waiting(bufnr)
  end
end

---@param text string
local function insert(text)
  local row, col = unpack(vim.api.nvim_win_get_cursor(0))
  local lines = vim.split(text, "\n", { plain = true })
  -- Setting the option ends the undo step of what was typed before.
  vim.bo.undolevels = vim.bo.undolevels
  vim.api.nvim_buf_set_text(0, row - 1, col, row - 1, col, lines)
  vim.api.nvim_win_set_cursor(0, { row + #lines - 1, (#lines == 1 and col or 0) + #lines[#lines] })
end

---@param item vim.lsp.inline_completion.Item
---@return boolean
local function is_ours(item)
  local client = vim.lsp.get_client_by_id(item.client_id)
  return client ~= nil and client.name == "diffgemma" and type(item.insert_text) == "string"
end

--- Accept the suggestion, or its next part. Returns whether there is one.
---
--- Neovim's own way inserts all of it where it was asked for, before what was typed since, and only after the keys
--- that were pressed already, the one that leaves insert mode among them.
---@param part diffgemma.Part
---@return boolean
function M.accept(part)
  local bufnr = vim.api.nvim_get_current_buf()
  local item = native.current(bufnr)
  if not item then
    return false
  elseif not is_ours(item) then
    return vim.lsp.inline_completion.get()
  end
  local rest = answers.rest(bufnr, item.insert_text --[[@as string]])
  native.drop(bufnr)
  if not rest or rest == "" then
    return false
  end
  local taken = part == "all" and rest or vim.fn.matchstr(rest, PARTS[part])
  -- In a mapping with <expr> the text is locked; what is pressed before it is free again comes first.
  local before = spot(bufnr)
  if not pcall(insert, taken) then
    vim.schedule(function()
      if vim.api.nvim_get_current_buf() == bufnr and spot(bufnr) == before then
        insert(taken)
      end
    end)
  end
  if taken ~= rest then
    vim.schedule(function()
      native.request(bufnr, vim.lsp.protocol.InlineCompletionTriggerKind.Automatic)
    end)
  end
  return true
end

--- Show the suggestion `count` places further.
---@param count integer
function M.select(count)
  if vim.lsp.inline_completion then
    vim.lsp.inline_completion.select({ count = count })
  end
end

--- Ask for suggestions at the cursor, and show how they settle.
function M.ask()
  local bufnr = vim.api.nvim_get_current_buf()
  if not server.need(bufnr) then
    return
  end
  if not native.is_active(bufnr) then
    server.tell("diffgemma: nothing can be suggested on demand here; see :checkhealth diffgemma")
    return
  end
  native.drop(bufnr)
  waiting[bufnr] = spot(bufnr)
  native.request(bufnr, vim.lsp.protocol.InlineCompletionTriggerKind.Invoked)
  vim.cmd.redrawstatus({ bang = true })
end

return M

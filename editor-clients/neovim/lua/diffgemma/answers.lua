--- The answers of inline completion on their way to Neovim: late ones are dropped, and each one's line is remembered.
local M = {}

---@class diffgemma.Asked
---@field before string the line up to the cursor, when it was asked
---@field after string the line behind it

---@type table<integer, diffgemma.Asked> what the suggestions of a buffer were asked for
local asked = {}

---@return diffgemma.Asked
local function cursor_line()
  local line, col = vim.api.nvim_get_current_line(), vim.api.nvim_win_get_cursor(0)[2]
  return { before = line:sub(1, col), after = line:sub(col + 1) }
end

--- Take carriage returns out of suggestions: a Neovim buffer has none, whatever its file has.
---@param result lsp.InlineCompletionList
local function normalize(result)
  for _, item in ipairs(result.items) do
    if type(item.insertText) == "string" then
      item.insertText = item.insertText:gsub("\r\n?", "\n")
    end
  end
end

--- Look at what a client is asked, and answers, from now on. `on_answer` hears of each answer, and what kind was asked.
---@param client vim.lsp.Client
---@param on_answer fun(bufnr: integer, kind: lsp.InlineCompletionTriggerKind)
function M.watch(client, on_answer)
  local request = client.request
  ---@diagnostic disable-next-line: duplicate-set-field
  client.request = function(self, method, params, handler, bufnr)
    if method ~= "textDocument/inlineCompletion" or not handler then
      return request(self, method, params, handler, bufnr)
    end
    local version, line = vim.lsp.util.buf_versions[bufnr], cursor_line()
    return request(self, method, params, function(err, result, context)
      on_answer(bufnr, params.context.triggerKind)
      if result and version ~= vim.lsp.util.buf_versions[bufnr] then
        result = nil
      elseif result and result.items then
        normalize(result)
        asked[bufnr] = line
      end
      handler(err, result, context)
    end, bufnr)
  end
end

--- Return what is left of a suggestion after what was typed since; nil where it does not fit the cursor any more.
---@param bufnr integer
---@param text string
---@return string?
function M.rest(bufnr, text)
  local then_, now = asked[bufnr], cursor_line()
  if not then_ or now.after ~= then_.after or not vim.startswith(now.before, then_.before) then
    return nil
  end
  local typed = now.before:sub(#then_.before + 1)
  return vim.startswith(text, typed) and text:sub(#typed + 1) or nil
end

--- Forget what a buffer was asked for.
---@param bufnr integer
function M.forget(bufnr)
  asked[bufnr] = nil
end

return M

--- What happens when the server begins and ends to serve a buffer.
local answers = require("diffgemma.answers")

local M = {}

---@type table<integer, boolean> clients that are watched
local watched = {}

---@param client vim.lsp.Client
local function watch(client)
  watched[client.id] = true
  require("diffgemma.shades").define()
  answers.watch(client, function(bufnr, kind)
    require("diffgemma.suggestion").on_answer(bufnr, kind)
  end)
end

---@param client_id integer
---@param bufnr integer
local function leave(client_id, bufnr)
  require("diffgemma.tasks").forget(client_id, bufnr)
  answers.forget(bufnr)
  local client = vim.lsp.get_client_by_id(client_id)
  -- The buffer that it leaves is still counted.
  if not client or vim.tbl_count(client.attached_buffers) < 2 then
    require("diffgemma.status").forget(client_id)
  end
end

---@param group integer
---@param bufnr integer
local function follow(group, bufnr)
  vim.api.nvim_create_autocmd("BufEnter", {
    group = group,
    buffer = bufnr,
    desc = "Tell the server which buffer is looked at",
    callback = function()
      require("diffgemma.status").focus(bufnr)
    end,
  })
  vim.api.nvim_create_autocmd("LspDetach", {
    group = group,
    buffer = bufnr,
    desc = "Forget what a server will not answer any more",
    callback = function(event)
      if watched[event.data.client_id] then
        leave(event.data.client_id, bufnr)
      end
    end,
  })
end

--- Suggest in a buffer that the server has begun to serve, and follow what is looked at.
---@param client vim.lsp.Client
---@param bufnr integer
function M.attach(client, bufnr)
  if not watched[client.id] then
    watch(client)
  end
  follow(vim.api.nvim_create_augroup("diffgemma.attach." .. bufnr, {}), bufnr)
  require("diffgemma.status").focus(bufnr)
  if vim.lsp.inline_completion then
    require("diffgemma.suggestion").enable(bufnr, vim.g.diffgemma_suggest ~= false)
  elseif vim.g.diffgemma_suggest ~= false then
    vim.notify_once("diffgemma: suggestions while typing need Neovim 0.12; :Diffgemma works", vim.log.levels.WARN)
  end
end

return M

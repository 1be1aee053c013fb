-- take.lua grants slots of one count, and returns {calls, polls, free, wait, paused, server's limit},
-- the times in milliseconds. It does what apitest.SharedLimit does in Go, and is to be read beside that.
--
-- The whole state is one value, so that a script needs one key, which expires when nothing of it
-- matters any more. All times are this server's, in milliseconds.

local request = {
  client = ARGV[1],
  limit = tonumber(ARGV[2]),
  hold = tonumber(ARGV[3]),
  calls = tonumber(ARGV[4]),
  polls = tonumber(ARGV[5]),
  waited = tonumber(ARGV[6]),
  urgent = ARGV[7] == '1',
  ended = tonumber(ARGV[8]),
  sent = tonumber(ARGV[9]),
  remaining = tonumber(ARGV[10]),
  pause = tonumber(ARGV[11]),
  chance = tonumber(ARGV[12]), -- random, from 0 to 1
  serverLimit = tonumber(ARGV[13]),
}

-- grain is how finely slots are kept: those that come free in the same interval are one entry.
local grain = 100

-- What a client waits for counts until some time after it is to ask again, which it does every few
-- seconds at least.
local recheck = 3000
local patience = 1000

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local saved = redis.call('GET', KEYS[1])
local state = saved and cmsgpack.unpack(saved)
  or {slots = {}, waiting = {}, paused = 0, others = 0, othersAt = 0, limit = 0}

-- taken returns how many slots clients have taken.
local function taken()
  local n = 0
  for _, slot in ipairs(state.slots) do
    n = n + slot[2]
  end
  return n
end

-- add takes slots, which are kept in the order in which they come free.
local function add(n)
  if n <= 0 then
    return
  end
  local free = math.ceil((now + request.hold) / grain) * grain
  local at = #state.slots
  while at > 0 and state.slots[at][1] > free do
    at = at - 1
  end
  if at > 0 and state.slots[at][1] == free then
    state.slots[at][2] = state.slots[at][2] + n
  else
    table.insert(state.slots, at + 1, {free, n})
  end
end

-- giveBack frees the slots that were taken last.
local function giveBack(n)
  while n > 0 and #state.slots > 0 do
    local last = state.slots[#state.slots]
    local given = math.min(n, last[2])
    last[2] = last[2] - given
    n = n - given
    if last[2] == 0 then
      table.remove(state.slots)
    end
  end
end

-- others returns how many slots those who do not share are believed to have taken, which come free
-- evenly.
local function others()
  local left = 1 - math.max(now - state.othersAt, 0) / request.hold
  return math.floor(state.others * math.max(left, 0) + 0.5)
end

-- expire drops what is over.
local function expire()
  while #state.slots > 0 and state.slots[1][1] <= now do
    table.remove(state.slots, 1)
  end
  for client, waiting in pairs(state.waiting) do
    if waiting.till <= now or client == request.client then
      state.waiting[client] = nil
    end
  end
end

-- learn takes in what the client has to tell.
local function learn()
  if request.serverLimit > 0 then
    state.limit = request.serverLimit
  end
  add(request.sent)
  giveBack(-request.sent)
  if request.remaining >= 0 then
    state.others = math.max(request.limit - request.remaining - taken(), 0)
    state.othersAt = now
  end
  if request.pause > 0 and now + request.pause > state.paused then
    state.paused = now + request.pause
    state.others = 0 -- by then there is room
    state.credit = -request.chance
    state.creditAt = state.paused
  end
end

-- grantCalls returns how many direct calls may go.
local function grantCalls()
  local free = math.max(request.limit - taken(), 0)
  local n = math.min(request.calls, math.max(free - others(), 0))
  if n == 0 and request.urgent then
    n = math.min(request.calls, free, 1)
  end
  return n
end

-- grantPolls returns how many polls may go, after all calls, and how long it takes until more may.
local function grantPolls(callsLeft)
  local since = now - request.waited
  local polls = request.polls
  local ahead = 0 -- clients whose first poll has waited longer
  for _, waiting in pairs(state.waiting) do
    callsLeft = callsLeft + waiting.calls
    polls = polls + waiting.polls
    if waiting.polls > 0 and waiting.since < since then
      ahead = ahead + 1
    end
  end
  local limit = request.limit
  local burst = math.max(math.floor(limit / 6), 1)
  local interval = request.hold / math.max(limit - math.floor(limit / 50) - others() - burst, 1)
  local cycle = math.min(interval * (polls - burst), request.hold)
  local share = 1
  if 2 * request.waited < cycle then
    share = 2 * request.waited / cycle
  end
  local credit = burst
  if state.creditAt then
    credit = math.min(state.credit + share * math.max(now - state.creditAt, 0) / interval, burst)
  end
  if request.ended > 0 and credit < ahead + 1 then
    credit = credit + 1
    ahead = 0
  end
  local n = 0
  if callsLeft == 0 then
    local free = math.max(limit - taken() - others(), 0)
    n = math.min(request.polls, free, math.floor(math.max(credit - ahead, 0)))
  end
  state.credit = credit - n
  state.creditAt = now
  return n, math.max((ahead + 1 - state.credit) * interval, interval / 10)
end

-- untilFree returns how long it takes until it is worth asking again.
local function untilFree(callsLeft, forPolls)
  if taken() >= request.limit then
    return state.slots[1][1] - now
  elseif callsLeft > 0 then
    return request.hold / math.max(state.others, 1)
  end
  return forPolls
end

expire()
learn()
local calls, polls, wait = 0, 0, 0
local paused = math.max(state.paused - now, 0)
if paused > 0 then
  wait = paused
else
  calls = grantCalls()
  add(calls)
  polls, wait = grantPolls(request.calls - calls)
  add(polls)
  wait = untilFree(request.calls - calls, wait)
end
if calls < request.calls or polls < request.polls then
  state.waiting[request.client] = {
    calls = request.calls - calls,
    polls = request.polls - polls,
    since = now - request.waited,
    till = now + math.min(wait, recheck) + patience,
  }
end
local lifetime = math.ceil(paused + wait + 2 * request.hold)
redis.call('SET', KEYS[1], cmsgpack.pack(state), 'PX', lifetime)
local free = math.max(request.limit - taken(), 0)
return {calls, polls, free, math.ceil(wait), math.ceil(paused), state.limit}

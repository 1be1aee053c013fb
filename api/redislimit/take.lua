-- take.lua grants slots of one count, and returns {calls, polls, free, full, wait, paused, server's limit}.
-- It does what package ratelimit's Count does in Go, part by part, and is to be read beside that.
--
-- The whole state is one value after its checksum, so that a script needs one key, which expires when
-- nothing of it matters any more. All times are this server's, in milliseconds.

local request = {
  client = ARGV[1],
  limit = tonumber(ARGV[2]),
  hold = tonumber(ARGV[3]),
  calls = tonumber(ARGV[4]),
  polls = tonumber(ARGV[5]),
  waited = tonumber(ARGV[6]),
  underWay = tonumber(ARGV[7]),
  ended = ARGV[8] == '1',
  sent = tonumber(ARGV[9]),
  remaining = tonumber(ARGV[10]),
  pause = tonumber(ARGV[11]),
  serverLimit = tonumber(ARGV[12]),
}
local chance = tonumber(ARGV[13]) -- random, from 0 to 1

local grain = 100 -- slots that come free in the same interval are one entry
local period, slack, recheck, patience, maxHold, maxBurst = 60010, 500, 3000, 1000, 3600000, 10

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local function save(state, lifetime)
  local packed = cmsgpack.pack(state)
  redis.call('SET', KEYS[1], redis.sha1hex(packed) .. packed, 'PX', math.ceil(lifetime))
end

local state = {
  slots = {}, waiting = {}, limit = 0, others = 0, left = 0, few = 0, credit = 0,
  at = {saved = now, paused = 0, said = 0, forgotten = 0, look = 0, credit = 0, poll = 0},
}
local saved = redis.pcall('GET', KEYS[1])
if saved then
  local packed = type(saved) == 'string' and string.sub(saved, 41) or ''
  if packed == '' or redis.sha1hex(packed) ~= string.sub(saved, 1, 40) then
    save(state, period)
    return redis.error_reply('ERR ' .. KEYS[1] .. ' did not hold a count of this script; a new one begins')
  end
  state = cmsgpack.unpack(packed)
end
local at = state.at
local back = at.saved - now
if back > 0 then -- this server's clock, or that of the one before it, was ahead: all times move with it
  for name, time in pairs(at) do at[name] = time - back end
  for _, slot in ipairs(state.slots) do slot[1] = slot[1] - back end
  for _, other in pairs(state.waiting) do other.since, other.till = other.since - back, other.till - back end
end
at.saved = now

local function taken()
  local n = 0
  for _, slot in ipairs(state.slots) do n = n + slot[2] end
  return n
end

local function take(n)
  if n <= 0 then return end
  local free = math.ceil((now + request.hold) / grain) * grain
  local place = #state.slots
  while place > 0 and state.slots[place][1] > free do place = place - 1 end
  if place > 0 and state.slots[place][1] == free then
    state.slots[place][2] = state.slots[place][2] + n
  else
    table.insert(state.slots, place + 1, {free, n})
  end
end

local function giveBack(n)
  while n > 0 and #state.slots > 0 do
    local last = state.slots[#state.slots]
    local given = math.min(n, last[2])
    last[2] = last[2] - given
    n = n - given
    if last[2] == 0 then table.remove(state.slots) end
  end
end

local function untilFree(n)
  local missing = taken() - request.limit + n
  if missing <= 0 then return 0 end
  for _, slot in ipairs(state.slots) do
    missing = missing - slot[2]
    if missing <= 0 then return slot[1] - now end
  end
  return period
end

while #state.slots > 0 and state.slots[1][1] <= now do
  state.left = math.max(state.left, math.min(state.left + state.slots[1][2], state.few))
  table.remove(state.slots, 1)
end
for client, other in pairs(state.waiting) do
  if other.till <= now or client == request.client then state.waiting[client] = nil end
end
take(request.sent)
giveBack(-request.sent)
if request.serverLimit > 0 then state.limit = request.serverLimit end
if request.remaining >= 0 then
  state.others = math.max(request.limit - taken() - request.remaining, 0)
  state.left, state.few = request.remaining, math.max(math.floor(request.limit / 50), 2)
  at.said, at.forgotten, at.look = now, now + period + slack, now + recheck
end
local pause = now + math.min(request.pause, maxHold)
if request.pause > 0 and pause > at.paused then
  state.others, state.left, state.few = 0, 0, 0
  state.credit = -chance
  at.paused, at.forgotten, at.look, at.credit, at.poll = pause, pause + recheck, pause, pause, 0
end

local others = math.floor(state.others * math.max(1 - (now - at.said) / period, 0) + 0.5)

-- allows returns how many of the free slots seem to be free.
local function allows(free)
  if at.forgotten <= now then return free end
  local left = state.few > 0 and math.max(state.left, 1) or state.left -- few is 0 after a pause
  return math.max(math.min(free - others - math.ceil(others / 25), left), 0)
end

-- grantPolls returns how many polls may go, and how long it takes until the next may.
local function grantPolls(free)
  local calls, polls, underWay, ahead, asks = 0, request.polls, request.underWay, 0, 0
  local since = now - request.waited
  for client, other in pairs(state.waiting) do
    calls, polls, underWay = calls + other.calls, polls + other.polls, underWay + other.underWay
    local isAhead = other.since < since or other.since == since and client < request.client
    if other.polls > 0 and isAhead then ahead = ahead + 1 end
    if other.calls > 0 then asks = math.max(asks, other.till - patience) end
  end
  local limit = request.limit
  local burst = math.max(math.min(math.floor(limit / 6), math.max(8, math.floor((limit - polls) / 3))), 1)
  local interval = period / math.max(limit - math.floor(limit / 50) - others - burst, 1)
  local enough = math.min(interval * (polls - burst), period) * 2 / 3
  local share = request.waited < enough and request.waited / enough or 1
  if at.credit == 0 then state.credit = burst end
  state.credit = math.min(state.credit + share * math.max(now - at.credit, 0) / interval, burst)
  at.credit = now
  if calls > 0 then return 0, math.max(asks - now, patience / 10) end
  local n = math.max(math.floor(state.credit) - ahead, 0)
  local most = maxBurst - underWay
  if most <= 0 then most = now - at.poll < interval and 0 or 1 end
  n = math.min(n, most)
  local isNearlyOut = at.forgotten > now and state.left <= math.floor(limit / 100)
  if n == 0 and request.ended and not isNearlyOut then n = 1 end
  n = math.min(n, request.polls, free)
  if n > 0 then
    state.credit = math.max(state.credit, 1) - n
    at.poll = now
  end
  local wait = (ahead + 1 - state.credit) * interval
  if underWay + n >= maxBurst then wait = math.max(wait, at.poll + interval - now) end
  return n, math.max(wait, interval / 10, untilFree(n + ahead + 1))
end

local calls, polls, wait = 0, 0, 0
local paused = math.max(at.paused - now, 0)
if paused > 0 then
  wait = paused
else
  local free = math.max(request.limit - taken(), 0)
  local seem = allows(free)
  calls = math.min(request.calls, seem)
  if calls == request.calls then polls, wait = grantPolls(seem - calls) end
  if seem < free and seem == calls then
    if seem == 0 and request.calls + request.polls > 0 and at.look <= now then
      at.look = now + recheck
      calls = math.min(request.calls, 1)
      polls = 1 - calls
    end
    wait = math.min(at.look - now, period / math.max(state.others, 1))
  end
  take(calls + polls)
  state.left = state.left - calls - polls
end
local full = untilFree(1)
wait = math.max(wait, full)
if calls < request.calls or polls < request.polls then
  state.waiting[request.client] = {
    calls = request.calls - calls,
    polls = request.polls - polls,
    underWay = request.underWay + polls,
    since = now - request.waited,
    till = now + math.min(wait, recheck) + patience,
  }
end
save(state, paused + wait + 2 * request.hold)
local free = math.max(request.limit - taken(), 0)
return {calls, polls, free, math.ceil(full), math.ceil(wait), math.ceil(paused), state.limit}

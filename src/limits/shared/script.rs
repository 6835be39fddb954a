//! What Redis does in one step, so that whoever asks at once gets no more than there is.
//!
//! A token has a hash (`sum`: its tokens of the minute; `day`, `requests`, `tokens`: what was used
//! of which day; `again`: when the day is to be read from the database again, 0 for at once), two
//! sorted sets of what was counted in the last minute, by its moment, and the places of its
//! requests under way, as [`crate::slots`] has them. Moments are milliseconds since 1970, by Redis's
//! clock, and `ARGV[2]` is how far a test has moved it. An epoch is one memory of Redis's: when it
//! isn't the one that the asker knows, Redis has forgotten what was counted, and nothing is done.

/// Lets a request in, if there is room; or just looks. `KEYS`: the epoch, the hash, requests,
/// tokens, places. `ARGV`: the epoch, milliseconds ahead, the holder (empty to look), the limits
/// (rpm, tpm, daily requests, daily tokens, at once), how long a place lasts.
///
/// Answers with a status ([`super::answer`]) and numbers; in one of another epoch with the epoch.
pub const ASK: &str = r"
local epoch = redis.call('GET', KEYS[1])
if epoch ~= ARGV[1] then return {3, tonumber(epoch or 0)} end
local time = redis.call('TIME')
local clock = time[1] * 1000 + math.floor(time[2] / 1000)
local now = clock + ARGV[2]
local hash, asked, spent, places = KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local rpm, tpm, at_once = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[8])
local per_day, tokens_per_day = tonumber(ARGV[6]), tonumber(ARGV[7])

local known = redis.call('HMGET', hash, 'sum', 'day', 'requests', 'tokens', 'again')
local sum, day = tonumber(known[1] or 0), tonumber(known[2] or 0)
local day_requests, day_tokens = tonumber(known[3] or 0), tonumber(known[4] or 0)
local again = tonumber(known[5] or 0)

redis.call('ZREMRANGEBYSCORE', asked, '-inf', now - 60001)
local requests = redis.call('ZCARD', asked)
local old = redis.call('ZRANGEBYSCORE', spent, '-inf', now - 60001)
for _, entry in ipairs(old) do sum = sum - string.match(entry, '%d+$') end
if #old > 0 then redis.call('ZREMRANGEBYSCORE', spent, '-inf', now - 60001) end
if redis.call('EXISTS', spent) == 0 then sum = 0 end

local today = math.floor(now / 86400000)
if day ~= today then
  if day > today then again = 0 end
  day, day_requests, day_tokens = today, 0, 0
end
redis.call('ZREMRANGEBYSCORE', places, '-inf', clock)
local open = redis.call('ZCARD', places)

local daily = per_day > 0 or tokens_per_day > 0
local stale = daily and now >= again and 1 or 0
local status = 0
if daily and again == 0 then
  status = 2
elseif (rpm > 0 and requests >= rpm) or (tpm > 0 and sum >= tpm)
  or (per_day > 0 and day_requests >= per_day)
  or (tokens_per_day > 0 and day_tokens >= tokens_per_day)
  or (at_once > 0 and open >= at_once) then
  status = 1
elseif ARGV[3] ~= '' then
  requests, day_requests = requests + 1, day_requests + 1
  if rpm > 0 then
    redis.call('ZADD', asked, now, ARGV[3])
    redis.call('PEXPIRE', asked, 60002)
  end
  if at_once > 0 then
    open = open + 1
    redis.call('ZADD', places, clock + ARGV[9], ARGV[3])
    redis.call('PEXPIRE', places, ARGV[9])
  end
end
-- One of those who come now reads it, and the next ones a while later if it couldn't.
if status < 2 and stale == 1 then again = now + 10000 end
redis.call('HSET', hash, 'sum', sum, 'day', day, 'requests', day_requests, 'tokens', day_tokens,
  'again', string.format('%.0f', again))
redis.call('PEXPIRE', hash, 90000000)

local function until_less(set)
  local first = redis.call('ZRANGE', set, 0, 0, 'WITHSCORES')
  return first[2] and math.max(1, first[2] + 60001 - now) or 0
end
local requests_below, tokens_below = 0, 0
if rpm > 0 and requests >= rpm then
  local last = redis.call('ZRANGE', asked, requests - rpm, requests - rpm, 'WITHSCORES')
  requests_below = math.max(1, (last[2] or now) + 60001 - now)
end
if tpm > 0 and sum >= tpm then
  local left, entries = sum, redis.call('ZRANGE', spent, 0, -1, 'WITHSCORES')
  for i = 1, #entries, 2 do
    left = left - string.match(entries[i], '%d+$')
    if left < tpm then
      tokens_below = math.max(1, entries[i + 1] + 60001 - now)
      break
    end
  end
end
return {status, day, requests, until_less(asked), requests_below, sum, until_less(spent),
  tokens_below, day_requests, day_tokens, 86400000 - now % 86400000, open, stale}";

/// Adds what was counted without Redis. `KEYS`: the epoch, the hash, requests, tokens. `ARGV`: the
/// epoch, milliseconds ahead, the day, its requests and tokens, how many requests of the minute
/// follow, then how many milliseconds ago and by which name each was; the rest are tokens, a name
/// of which ends with how many they are. What has a name that is known is not added again.
pub const ADD: &str = r"
local epoch = redis.call('GET', KEYS[1])
if epoch ~= ARGV[1] then return {3, tonumber(epoch or 0)} end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[2]
local hash, asked, spent, sum = KEYS[2], KEYS[3], KEYS[4], 0
local first_tokens = 7 + 2 * ARGV[6]
for i = 7, #ARGV, 2 do
  local set = i < first_tokens and asked or spent
  local new = redis.call('ZADD', set, now - ARGV[i], ARGV[i + 1]) == 1
  redis.call('PEXPIRE', set, 60002)
  if new and set == spent then sum = sum + string.match(ARGV[i + 1], '%d+$') end
end
if sum > 0 then redis.call('HINCRBY', hash, 'sum', sum) end
if redis.call('HGET', hash, 'day') == ARGV[3] then
  redis.call('HINCRBY', hash, 'requests', ARGV[4])
  redis.call('HINCRBY', hash, 'tokens', ARGV[5])
end
redis.call('PEXPIRE', hash, 90000000)
return {0, 0}";

/// Takes over what the database has of a day: what was counted since may be more. `KEYS`: the
/// epoch, the hash. `ARGV`: the epoch, milliseconds ahead, the day, its requests and tokens.
///
/// Right after the first time other replicas may not have written everything: it is read again
/// after ten seconds, then every five minutes. What was read before midnight and is brought after it
/// is about a day that is over.
pub const READ: &str = r"
local epoch = redis.call('GET', KEYS[1])
if epoch ~= ARGV[1] then return {3, tonumber(epoch or 0)} end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[2]
local known = redis.call('HMGET', KEYS[2], 'day', 'requests', 'tokens', 'again')
if tonumber(known[1] or 0) > tonumber(ARGV[3]) then return {0, 0} end
local requests, tokens = tonumber(ARGV[4]), tonumber(ARGV[5])
local pause = 10000
if known[1] == ARGV[3] then
  requests = math.max(requests, tonumber(known[2] or 0))
  tokens = math.max(tokens, tonumber(known[3] or 0))
  if tonumber(known[4] or 0) > 0 then pause = 300000 end
end
redis.call('HSET', KEYS[2], 'day', ARGV[3], 'requests', requests, 'tokens', tokens,
  'again', string.format('%.0f', now + pause))
redis.call('PEXPIRE', KEYS[2], 90000000)
return {0, 0}";

/// A day must be read before anybody is let in. `KEYS`: the hash.
pub const DOUBT: &str = r"
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], 'again', 0) end
return 0";

/// Begins an epoch, unless one has begun; answers with the one that there is. `KEYS`: the epoch.
/// `ARGV`: a new one, and how many milliseconds it lasts without being asked for.
pub const EPOCH: &str = r"
redis.call('SET', KEYS[1], ARGV[1], 'NX')
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return tonumber(redis.call('GET', KEYS[1]))";

/// Which epoch there is; keeps it. `KEYS`: the epoch. `ARGV`: how many milliseconds it lasts.
pub const LOOK: &str = r"
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return tonumber(redis.call('GET', KEYS[1]) or 0)";

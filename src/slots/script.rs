//! What Redis does in one step. A name is a sorted set: holders, with the end of their places in
//! milliseconds since 1970, by Redis's clock.

/// Takes a place, if one is free. `KEYS`: the name. `ARGV`: the holder, how many there are, and how
/// many milliseconds a place lasts.
pub const TAKE: &str = r"
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1";

/// Holds places on, whether Redis knows them or not. `KEYS`: a name for each; `ARGV`: how many
/// milliseconds a place lasts, and a holder for each.
pub const RENEW: &str = r"
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i, name in ipairs(KEYS) do
  redis.call('ZADD', name, now + ARGV[1], ARGV[i + 1])
  redis.call('PEXPIRE', name, ARGV[1])
end
return 0";

/// Gives places back. `KEYS`: a name for each; `ARGV`: a holder for each.
pub const FREE: &str = r"
for i, name in ipairs(KEYS) do redis.call('ZREM', name, ARGV[i]) end
return 0";

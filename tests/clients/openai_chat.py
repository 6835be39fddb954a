"""What a user of the official library does, against the pool in front of the stub.

    openai_chat.py BASE_URL TOKEN        the models, a chat, a stream, a wrong token
    openai_chat.py BASE_URL TOKEN empty  a chat with a pool that has no keys
    openai_chat.py BASE_URL TOKEN limited  two chats with a token that has one a minute

Prints "ok" at the end; anything else that happens is an exception.
"""

import sys

import openai

MODEL = "gpt-oss:20b"
MESSAGES = [{"role": "user", "content": "Hello?"}]


def main(base_url, token, what="chat"):
    with openai.OpenAI(base_url=base_url, api_key=token, max_retries=0, timeout=30) as client:
        if what == "empty":
            empty(client)
        elif what == "limited":
            limited(client)
        else:
            models(client)
            chat(client)
            stream(client)
            wrong_token(client)
    print("ok")


def models(client):
    ids = [model.id for model in client.models.list()]
    assert ids == ["llama3.2", MODEL, "qwen3-coder:480b"], ids
    model = client.models.retrieve(MODEL)
    assert (model.id, model.object) == (MODEL, "model"), model
    expect(openai.NotFoundError, "model_not_found", lambda: client.models.retrieve("no/such"))


def chat(client):
    answer = client.chat.completions.create(model=MODEL, messages=MESSAGES)
    assert answer.model == MODEL, answer
    assert answer.choices[0].message.content.startswith("Hello from the stub."), answer
    assert answer.choices[0].finish_reason == "stop", answer
    assert answer.usage.total_tokens == 30, answer


def stream(client):
    chunks = list(client.chat.completions.create(
        model=MODEL, messages=MESSAGES, stream=True, stream_options={"include_usage": True},
    ))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == "Hello from the stub.", text
    finishes = [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices]
    assert finishes[-1] == "stop", finishes
    assert chunks[-1].usage.total_tokens == 15, chunks[-1]


def wrong_token(client):
    stranger = client.with_options(api_key="sk-pool-wrong")
    expect(openai.AuthenticationError, "invalid_api_key", lambda: ask(stranger))


def empty(client):
    error = expect(openai.InternalServerError, "no_keys", lambda: ask(client))
    assert error.status_code == 503, error


def limited(client):
    raw = client.chat.completions.with_raw_response.create(model=MODEL, messages=MESSAGES)
    assert raw.headers["x-ratelimit-limit-requests"] == "1", raw.headers
    assert raw.headers["x-ratelimit-remaining-requests"] == "0", raw.headers
    assert raw.parse().choices[0].finish_reason == "stop", raw
    error = expect(openai.RateLimitError, "token_requests_per_minute", lambda: ask(client))
    assert 0 < int(error.response.headers["retry-after"]) <= 61, error.response.headers
    assert error.response.headers["x-ratelimit-remaining-requests"] == "0", error.response.headers


def ask(client):
    return client.chat.completions.create(model=MODEL, messages=MESSAGES)


def expect(kind, code, call):
    try:
        call()
    except kind as error:
        assert error.code == code, error
        return error
    raise AssertionError(f"no {kind.__name__}")


if __name__ == "__main__":
    main(*sys.argv[1:])

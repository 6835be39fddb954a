// Ready to paste into other programs: filled with this service's address, a key and a model.

/** Where clients send their requests: the address that the operator has set, or the one at hand. */
export function baseUrl(provider) {
    const origin = document.documentElement.dataset.publicUrl || location.origin;
    return provider ? `${origin}/${provider}/v1` : `${origin}/v1`;
}

const message = 'Why is the sky blue?';

export function curl(base, key, model) {
    return `curl ${base}/chat/completions \\
  -H "Authorization: Bearer ${key}" \\
  -H "Content-Type: application/json" \\
  -d '${JSON.stringify({ model, messages: [{ role: 'user', content: message }] })}'`;
}

function python(base, key, model) {
    return `# pip install openai
from openai import OpenAI

client = OpenAI(base_url="${base}", api_key="${key}")
stream = client.chat.completions.create(
    model="${model}",
    messages=[{"role": "user", "content": "${message}"}],
    stream=True,
)
for chunk in stream:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="", flush=True)`;
}

function javascript(base, key, model) {
    return `// npm install openai
import OpenAI from "openai";

const client = new OpenAI({ baseURL: "${base}", apiKey: "${key}" });
const stream = await client.chat.completions.create({
  model: "${model}",
  messages: [{ role: "user", content: "${message}" }],
  stream: true,
});
for await (const chunk of stream) {
  process.stdout.write(chunk.choices[0]?.delta?.content ?? "");
}`;
}

function environment(base, key) {
    return `export OPENAI_BASE_URL="${base}"
export OPENAI_API_KEY="${key}"`;
}

/** Each program with what makes its snippet; those with `fields` are filled in by hand. */
export const snippets = {
    curl: { name: 'curl', make: curl },
    python: { name: 'Python', make: python },
    javascript: { name: 'JavaScript', make: javascript },
    environment: { name: 'OPENAI_*', make: environment },
    openWebUi: { name: 'Open WebUI', fields: (base, key) => [['url', base], ['key', key]] },
    chatbox: { name: 'Chatbox', fields: (base, key) => [['url', base], ['key', key]] },
    cherryStudio: { name: 'Cherry Studio', fields: (base, key) => [['url', base.replace(/\/v1$/, '')], ['key', key]] },
};

// What differs between two values of JSON, by path.

/** `[{ name, was, is }]` of all leaves that are not the same; what is not there is undefined. */
export function differences(before, after) {
    const [old, fresh] = [leaves(before), leaves(after)];
    const names = new Set([...old.keys(), ...fresh.keys()]);
    return [...names].map((name) => ({ name, was: old.get(name), is: fresh.get(name) })).filter(({ was, is }) => was !== is);
}

/** Each leaf's path with its text. A list of plain values is a leaf. */
function leaves(value, path = '', found = new Map()) {
    if (value === null && path === '') return found;
    if (!isDeep(value)) return found.set(path, typeof value === 'string' ? value : JSON.stringify(value));
    for (const [name, inner] of Object.entries(value)) leaves(inner, path ? `${path}.${name}` : name, found);
    return found;
}

function isDeep(value) {
    if (Array.isArray(value)) return value.some((one) => typeof one === 'object' && one !== null);
    return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

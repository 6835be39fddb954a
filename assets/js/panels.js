// Panels of a page, each with its part of the address, so that it can be linked to and gone back to.
import { useEffect, useState } from './html.js';

/** The name of the panel in the address, the first unless it is one of these; and what shows another. */
export function usePanel(names) {
    const read = () => names.find((name) => `#${name}` === location.hash) ?? names[0];
    const [panel, set] = useState(read);
    useEffect(() => {
        const changed = () => set(read());
        addEventListener('hashchange', changed);
        return () => removeEventListener('hashchange', changed);
    }, []);
    const show = (name) => {
        location.hash = name;
    };
    return [panel, show];
}

// Runs before anything is shown, so that nobody sees the wrong colours. No module: those wait.
(() => {
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const apply = () => {
        const chosen = localStorage.getItem('pool.theme');
        const theme = chosen ?? (dark.matches ? 'dark' : 'light');
        document.documentElement.dataset.bsTheme = theme;
        document.dispatchEvent(new Event('pool:themed'));
    };
    apply();
    dark.addEventListener('change', apply);
    // Another window has chosen; `pool:theme` is this one's choice.
    addEventListener('storage', apply);
    document.addEventListener('pool:theme', apply);
})();

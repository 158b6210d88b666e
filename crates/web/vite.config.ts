import { defineConfig } from "vite";

/** A running server to which `npm run dev` hands on what is not of the pages: DIACHISO_ORIGIN, or the demo's address. */
const server = process.env.DIACHISO_ORIGIN ?? "http://127.0.0.1:8080";

export default defineConfig({
  root: "ui",
  build: {
    outDir: "../dist",
    emptyOutDir: true,
    target: "es2022",
    chunkSizeWarningLimit: 1500,
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: ["ui/index.html", "ui/desk.html"],
      // The library that draws maps is a file of its own, so that the size of ours can be told.
      output: { codeSplitting: { groups: [{ name: "maplibre", test: /node_modules/ }] } },
    },
  },
  server: { proxy: { "/api": server, "/tiles": server } },
});

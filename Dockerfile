# npm start in a container: the database is kept in the volume.
FROM node:20-bookworm-slim
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev && mkdir /var/lib/paidcalls && chown node:node /var/lib/paidcalls
COPY --chown=node:node . .
ENV DATA_DIR=/var/lib/paidcalls WEB_HOST=0.0.0.0
USER node
VOLUME /var/lib/paidcalls
EXPOSE 8080
CMD ["node", "--import", "tsx", "stages/start.ts"]

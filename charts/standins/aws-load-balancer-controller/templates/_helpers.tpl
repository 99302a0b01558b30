{{- define "controller.match" -}}
app.kubernetes.io/name: aws-load-balancer-controller
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "controller.labels" -}}
{{- include "controller.match" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: aws-load-balancer-controller-{{ .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "controller.account" -}}
{{ .Values.serviceAccount.name | default "aws-load-balancer-controller" }}
{{- end }}
